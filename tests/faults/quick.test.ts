/**
 * The cases of `npm test` that play before the matrix's whole crowd, all on one stage: gathering it takes as long as a case.
 * In the whole matrix each of these files has a stage of its own. Who is removed or signed out is missing afterwards, so
 * that comes last.
 */
import "./replicas.test";
import "./redis.test";
import "./clients.test";
import "./postgres.test";
import "./access.test";
