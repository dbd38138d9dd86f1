/** Numbers as people read them. A missing number is `MISSING`, which never looks like a zero. */

export const MISSING = "–";
const MINUS = "−";
const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** A ratio such as a recall, with three decimals. */
export function ratio(value: number | null): string {
  return value === null ? MISSING : value.toFixed(3).replace("-", MINUS);
}

/** A difference, always with its sign; what rounds to nothing has none. */
export function signed(value: number | null): string {
  if (value === null) return MISSING;
  const text = ratio(value);
  return value > 0 && text !== "0.000" ? `+${text}` : text.replace(`${MINUS}0.000`, "0.000");
}

export function interval(low: number | null, high: number | null, number: (value: number | null) => string): string {
  return low === null || high === null ? "" : `${number(low)} to ${number(high)}`;
}

/** A loss: four significant digits, so that falling losses of any size are told apart. */
export function loss(value: number | null): string {
  return value === null ? MISSING : significant(value, 4);
}

/** With as many digits for every number of a column: 2.100 beside 1.963. */
function significant(value: number, digits: number): string {
  const size = Math.abs(value);
  const text = value.toPrecision(digits);
  const plain = size >= 0.001 && size < 10 ** (digits - 1);
  return (plain ? text : Number(text).toString()).replace("-", MINUS);
}

/** A number in the unit of the target: four digits, and below 1 three decimals. */
export function quantity(value: number | null): string {
  if (value === null) return MISSING;
  const size = Math.abs(value);
  if (size === 0 || (size >= 0.001 && size < 1)) return ratio(value);
  return significant(value, size < 1 ? 1 : 4);
}

export function count(value: number | null): string {
  return value === null ? MISSING : WHOLE.format(value);
}

/** `personal_frequency` as `personal frequency`; `recall_at_10` as `recall@10`. */
export function words(key: string): string {
  return key
    .replace(/_at_(\d+)/, "@$1")
    .replaceAll("_", " ")
    .replace(/^(mrr|ndcg|rmse|mae|auc|r2)\b/, (name) => name.toUpperCase());
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Sizes as people say them. */
export function bytesWords(bytes: number | null): string {
  if (bytes === null) return "an unknown amount";
  const units = ["B", "KB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}
