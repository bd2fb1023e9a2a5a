/**
 * The cases of `npm test` that play before the matrix's whole crowd, all on one stage: gathering it takes as long as a case.
 * In the whole matrix each of these files has a stage of its own.
 */
import "./access.test";
import "./replicas.test";
import "./redis.test";
import "./clients.test";
import "./postgres.test";
