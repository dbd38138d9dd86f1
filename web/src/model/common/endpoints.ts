/** Model endpoints: the groups that experiments are numbered in (design section 4). */

/** Of a request that names none (shared/documents.py). */
export const DEFAULT_ENDPOINT = "default";
const ID = /^[a-z][a-z0-9-]{2,62}$/;

/**
 * The endpoint that a page is about: the one in its address, else the remembered one if it is still there, else the
 * default one. `written` is null until it is known.
 */
export function chosenEndpoint(asked: string | null, remembered: string | null, written: string[] | null): string {
  if (asked !== null && ID.test(asked)) return asked;
  const known = written === null || remembered === DEFAULT_ENDPOINT || written.includes(remembered ?? "");
  if (remembered !== null && ID.test(remembered) && known) return remembered;
  return DEFAULT_ENDPOINT;
}
