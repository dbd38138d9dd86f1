/** The name, or with the first number from 2 on with which nobody has it. */
export function freeName(name: string, isTaken: (name: string) => boolean, between = "_"): string {
  let free = name;
  for (let n = 2; isTaken(free); n += 1) free = `${name}${between}${n}`;
  return free;
}
