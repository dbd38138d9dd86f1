import { useEffect, useState } from "preact/hooks";

const SHOWN_MS = 2_000;

/** Copies a text, and says so. */
export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [state, setState] = useState<"idle" | "copied" | "failed">("idle");
  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => setState("idle"), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setState("copied"),
      () => setState("failed"), // the browser refused: no permission, or no secure address
    );
  return (
    <>
      <button type="button" onClick={copy}>
        {label}
      </button>
      <span class="faint" role="status">
        {state === "copied" && "Copied"}
        {state === "failed" && "The browser refused: select the text and copy it by hand"}
      </span>
    </>
  );
}
