import { type FunctionComponent, h } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Failed, Loading } from "../views/parts";

/** A component whose code is fetched when it is first shown, so that the first view does not pay for the others. */
export function lazy<Props extends object>(
  what: string,
  load: () => Promise<{ default: FunctionComponent<Props> }>,
): FunctionComponent<Props> {
  let loaded: FunctionComponent<Props> | null = null;
  return function Lazy(props: Props) {
    const [state, setState] = useState<"loading" | "loaded" | "failed">(loaded === null ? "loading" : "loaded");
    useEffect(() => {
      if (loaded !== null) return;
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
      return <Failed title={`Could not show ${what}`} error={error} onRetry={() => location.reload()} />;
    }
    return <Loading what={what} />;
  };
}
