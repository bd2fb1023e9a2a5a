import type { PoolClient } from "pg";

/** Rows in one statement: few round trips, and a text that stays well below any limit. */
const CHUNK = 1_000;

/** Inserts objects as rows; keys are columns. PostgreSQL reads them as JSON by the table's own types. */
export async function insert(client: PoolClient, table: string, rows: Record<string, unknown>[]): Promise<void> {
  const [first] = rows;
  if (!first) return;
  const columns = Object.keys(first)
    .map((column) => `"${column}"`)
    .join(", ");
  for (let from = 0; from < rows.length; from += CHUNK) {
    await client.query(
      `INSERT INTO "${table}" (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::"${table}", $1::json)`,
      [JSON.stringify(rows.slice(from, from + CHUNK))],
    );
  }
}
