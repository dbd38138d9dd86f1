import type { Icon } from "../model/run/states";

/** Shapes differ, not only colours; the text beside an icon says the same, so it is hidden from readers. */
const SHAPES: Record<Icon, string> = {
  waiting: "M8 4.5V8l2.5 1.5 M14.25 8A6.25 6.25 0 1 1 1.75 8a6.25 6.25 0 0 1 12.5 0",
  live: "M8 1.75A6.25 6.25 0 1 1 1.75 8",
  done: "M5 8.3l2.2 2.2L11.2 6 M14.25 8A6.25 6.25 0 1 1 1.75 8a6.25 6.25 0 0 1 12.5 0",
  reused: "M13.5 6.5A6 6 0 0 0 3 4.5L2 6 M2 2.5V6h3.5 M2.5 9.5A6 6 0 0 0 13 11.5l1-1.5 M14 13.5V10h-3.5",
  failed: "M5.7 5.7l4.6 4.6 M10.3 5.7l-4.6 4.6 M5.4 1.75h5.2l3.65 3.65v5.2l-3.65 3.65H5.4L1.75 10.6V5.4z",
  cancelled: "M3.6 12.4l8.8-8.8 M14.25 8A6.25 6.25 0 1 1 1.75 8a6.25 6.25 0 0 1 12.5 0",
  skipped: "M4.5 8h7",
  pending: "M11 8a3 3 0 1 1-6 0 3 3 0 0 1 6 0",
  warning: "M8 6v3.5 M8 11.7v.1 M8 1.75L15 14H1z",
};

export function StateIcon({ icon }: { icon: Icon }) {
  return (
    <svg class={`icon icon-${icon}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={SHAPES[icon]} />
    </svg>
  );
}
