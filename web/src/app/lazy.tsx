import { type FunctionComponent, h } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Failed, Loading, PageFailed, PageLoading } from "../views/parts";

/**
 * A component whose code is fetched when it is first shown, so that the first view does not pay for the others.
 * `title` of a whole page: its heading until then, and what the window is called.
 */
export function lazy<Props extends object>(
  what: string,
  load: () => Promise<{ default: FunctionComponent<Props> }>,
  title: string | null = null,
): FunctionComponent<Props> {
  let loaded: FunctionComponent<Props> | null = null;
  return function Lazy(props: Props) {
    const [state, setState] = useState<"loading" | "loaded" | "failed">(loaded === null ? "loading" : "loaded");
    useEffect(() => {
      if (loaded !== null) return;
      if (title !== null) document.title = `${title} · Quicktest`;
      let wanted = true;
      load().then(
        (module) => {
          loaded = module.default;
          if (wanted) setState("loaded");
        },
        () => wanted && setState("failed"),
      );
      return () => {
        wanted = false;
      };
    }, []);
    if (loaded !== null) return h(loaded, props);
    if (state === "failed") {
      const error = { kind: "code" as const, message: "" };
      const failed = { title: `Could not show ${what}`, error, onRetry: () => location.reload() };
      return title === null ? <Failed {...failed} /> : <PageFailed heading={title} {...failed} />;
    }
    return title === null ? <Loading what={what} /> : <PageLoading title={title} what={what} />;
  };
}
