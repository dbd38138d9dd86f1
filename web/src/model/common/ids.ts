/** Ids of experiments: `exp-` and a ULID in lower case (design section 4), so that they sort by their time. */
import type { Time } from "../run/run";

const CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz";
const TIME_LETTERS = 10; // 48 bits of milliseconds and two of nothing
const RANDOM_LETTERS = 16; // 80 bits

/** `random` fills an array with random bytes; five bits of each are used, so that all letters are equally likely. */
export function newExperimentId(now: Time, random = fillRandom): string {
  return `exp-${newUlid(now, random)}`;
}

/** In lower case. */
export function newUlid(now: Time, random = fillRandom): string {
  let rest = now;
  const time = Array.from({ length: TIME_LETTERS }, () => {
    const letter = CROCKFORD.charAt(rest % 32);
    rest = Math.floor(rest / 32);
    return letter;
  });
  const chance = Array.from(random(new Uint8Array(RANDOM_LETTERS)), (byte) => CROCKFORD.charAt(byte % 32));
  return time.reverse().join("") + chance.join("");
}

function fillRandom(bytes: Uint8Array<ArrayBuffer>): Uint8Array {
  return crypto.getRandomValues(bytes);
}
