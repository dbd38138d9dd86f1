/** Small pieces that several views share. */
import { type ComponentChildren, Fragment } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { errorWords, type FeedError } from "../model/common/feed";
import { exact, relative } from "../model/common/time";
import { isLive, type Run, type Time } from "../model/run/run";
import { runWords, stateSentence } from "../model/run/states";
import { StateIcon } from "./icons";

/** A moment as people say it; the exact time is one hover away. */
export function When({ time, now }: { time: Time; now: Time }) {
  return (
    <time dateTime={new Date(time).toISOString()} title={exact(time)}>
      {relative(time, now)}
    </time>
  );
}

export function StateBadge({ run, detail }: { run: Run; detail: boolean }) {
  const { icon, text } = runWords(run);
  return (
    <span class={`state state-${run.state}`}>
      <StateIcon icon={icon} />
      <span>{detail ? stateSentence(run) : text}</span>
    </span>
  );
}

export function Percent({ run }: { run: Run }) {
  if (!isLive(run) || run.state === "requested" || run.deletion !== null) return null;
  return (
    <span class="percent">
      <progress max={100} value={run.percent} aria-label="Progress" />
      <span class="number">{run.percent}%</span>
    </span>
  );
}

/** A sentence for people; what stands in backticks is code. */
export function Prose({ text }: { text: string }) {
  return <>{text.split("`").map((part, i) => (i % 2 === 1 ? <code key={part}>{part}</code> : part))}</>;
}

/**
 * The heading of a page that has nothing else to show yet, or nothing that can be read. The focus goes from it to the
 * heading that follows.
 */
export function PageHead({ title, loading = false }: { title: string; loading?: boolean }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    const shown = heading.current;
    return () => {
      if (document.activeElement !== shown) return;
      requestAnimationFrame(() => document.querySelector("h1")?.focus({ preventScroll: true }));
    };
  }, []);
  return (
    <div class={`heading ${loading ? "heading-loading" : ""}`}>
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
    </div>
  );
}

/** Where a page is: the addresses above it, from the widest to the nearest. */
export function Crumbs({ places }: { places: readonly { name: string; path: string }[] }) {
  return (
    <nav class="crumbs" aria-label="Breadcrumb">
      {places.map(({ name, path }, i) => (
        <Fragment key={path}>
          {i > 0 && " / "}
          <a href={path}>{name}</a>
        </Fragment>
      ))}
    </nav>
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <p class="notice notice-loading" role="status">
      Loading {what}…
    </p>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="notice notice-empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Failed({ title, error, onRetry }: { title: string; error: FeedError; onRetry: () => void }) {
  const { problem, remedy } = errorWords(error);
  const refused = error.kind === "permission";
  return (
    <div class={`notice ${refused ? "notice-refused" : "notice-failed"}`} role="alert">
      <h2>
        <StateIcon icon={refused ? "skipped" : "failed"} /> {title}
      </h2>
      <p>
        {problem} {remedy}
      </p>
      <button type="button" onClick={onRetry}>
        {error.kind === "code" ? "Load the page again" : "Try again"}
      </button>
    </div>
  );
}

/** The same for a whole page, with its heading. */
export function PageLoading({ title, what }: { title: string; what: string }) {
  return (
    <>
      <PageHead title={title} loading />
      <Loading what={what} />
    </>
  );
}

export function PageFailed({ heading, ...failed }: { heading: string } & Parameters<typeof Failed>[0]) {
  return (
    <>
      <PageHead title={heading} />
      <Failed {...failed} />
    </>
  );
}

/** Of a page about which nothing is known, for the server could not be asked. */
export function PageOffline({ title }: { title: string }) {
  return (
    <>
      <Offline />
      <PageHead title={title} />
    </>
  );
}

/** Shown above what was last known while the server cannot be reached; the client tries again by itself. */
export function Offline() {
  const online = useOnline();
  return (
    <p class="notice notice-offline" role="status">
      <StateIcon icon={online ? "live" : "warning"} /> {online ? "Reconnecting to the server." : "You are offline."}{" "}
      What you see may be old, or not be there yet; it continues by itself.
    </p>
  );
}

/** Whether the browser has a network at all. */
function useOnline(): boolean {
  const [online, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const look = () => setOnline(navigator.onLine);
    addEventListener("online", look);
    addEventListener("offline", look);
    return () => {
      removeEventListener("online", look);
      removeEventListener("offline", look);
    };
  }, []);
  return online;
}

export function Section({ id, title, children }: { id: string; title: string; children: ComponentChildren }) {
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}
