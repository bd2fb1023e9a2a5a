import { CircleAlert } from "lucide-react";

/** What went wrong with the whole form, said aloud when it appears. */
export function FormProblem({ message }: { message: string | null }) {
  return (
    <div role="alert">
      {message && (
        <p className="mb-4 flex gap-2 rounded-control bg-danger-soft px-3 py-2.5 text-sm text-danger">
          <CircleAlert aria-hidden="true" className="mt-0.5 size-4 shrink-0" />
          {message}
        </p>
      )}
    </div>
  );
}
