/** Shares, times and sizes of training, as people read them. */
import { count, MISSING, quantity } from "../common/format";
import { duration } from "../common/time";

/** A share as per cent: `12.5%`. */
export function share(value: number | null): string {
  return value === null ? MISSING : `${(value * 100).toFixed(1)}%`;
}

export function milliseconds(value: number | null): string {
  return value === null ? MISSING : `${quantity(value)} ms`;
}

export function seconds(value: number | null): string {
  return value === null ? MISSING : duration(value);
}

export function megabytes(value: number | null): string {
  return value === null ? MISSING : `${count(value / 2 ** 20)} MiB`;
}
