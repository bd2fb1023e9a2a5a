interface Refused {
  message: string;
  details?: Record<string, unknown> | undefined;
}

/**
 * What is wrong with a field, as a sentence. A refusal that names no field at all belongs to the one with `rest`, so
 * that it is shown somewhere.
 */
export function fieldProblem(refused: Refused | null, field: string, rest = false): string | undefined {
  if (!refused) return undefined;
  const problem = refused.details?.[field];
  if (typeof problem === "string") return sentence(problem);
  const named = Object.values(refused.details ?? {}).some((value) => typeof value === "string");
  return rest && !named ? refused.message : undefined;
}

/** Complaints come as the end of a sentence about the field ("must be …"); alone they begin one. */
export function sentence(problem: string): string {
  const begun = problem.charAt(0).toUpperCase() + problem.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
