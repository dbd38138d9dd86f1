import { useCallback, useState } from "preact/hooks";
import { toFeedError } from "../data/errors";
import {
  askRebuild,
  MOST_LETTERS,
  saveRules,
  watchAsked,
  watchLedger,
  watchLetters,
  watchLive,
  watchPlaces,
  watchRebuild,
  watchRules,
} from "../data/health";
import { type Feed, type FeedError, latest, together } from "../model/common/feed";
import type { Group, Time } from "../model/run/run";
import {
  type DeadLetter,
  type EndpointRules,
  type Holder,
  healthOf,
  type Ledger,
  type LiveRun,
  recentLetters,
} from "../model/settings/health";
import { FeedView, PageFeedView } from "../views/feed";
import { Section } from "../views/parts";
import { RulesForm, RulesView, type SaveState } from "../views/settings/endpoint";
import { HealthLine, LettersView, LiveView, RebuildView, StuckView, UseView } from "../views/settings/health";
import { ProjectView } from "../views/settings/project";
import { ThemeView, YouView } from "../views/settings/you";
import "../styles/settings.css";
import type { Context, PageProps } from "./context";
import { type Start, useDocument, useFeed, useNow } from "./hooks";
import { useTitle } from "./navigation";
import { applyTheme, rememberedTheme, THEMES } from "./theme";

const FOR_ADMINISTRATORS = "Shown to administrators: it tells what others of the project spend and send.";

/** Who is signed in, what the model endpoint allows, and whether all is well. Everybody sees what their role may. */
export default function SettingsPage({ app }: PageProps<"settings">) {
  const isAdmin = app.user.role === "admin";
  const now = useNow(false);
  const [live, retryLive] = useFeed<LiveRun[]>(
    useCallback<Start<LiveRun[]>>((...on) => watchLive(app.db, ...on), [app.db]),
  );
  const readLetters = useCallback<Start<DeadLetter[]>>((...on) => watchLetters(app.db, ...on), [app.db]);
  const [letters, retryLetters] = useFeed<DeadLetter[]>(isAdmin ? readLetters : null);
  const [rules, retryRules] = useDocument(watchRules, app.db, app.endpoint);
  useTitle("Settings and health · Quicktest");
  const health = latest(live) === null ? null : healthOf(latest(live) ?? [], now);
  return (
    <>
      <div class="heading">
        <h1 tabIndex={-1}>Settings and health</h1>
      </div>
      <PageFeedView feed={live} what="the health of the runs" title={null} onRetry={retryLive}>
        {() =>
          health !== null && (
            <HealthLine health={health} letters={isAdmin ? recentLetters(latest(letters) ?? [], now) : null} />
          )
        }
      </PageFeedView>
      <div class="set-columns">
        <div class="panel">
          <Section id="you" title="You">
            <YouView user={app.user} local={app.local} />
          </Section>
        </div>
        <div class="panel">
          <Section id="appearance" title="Appearance">
            <Theme />
          </Section>
          <Section id="project" title="Project">
            <ProjectView projectId={app.db.app.options.projectId ?? ""} local={app.local} mlflow={app.mlflow} />
          </Section>
        </div>
      </div>
      <div class="panel">
        <Section id="rules" title={`Model endpoint ${app.endpoint}`}>
          <FeedView feed={rules} what="the endpoint's rules" onRetry={retryRules}>
            {(found) => <Rules key={app.endpoint} app={app} rules={found} />}
          </FeedView>
        </Section>
      </div>
      <div class="panel">
        <Section id="use" title="Quotas in use">
          {isAdmin ? <Use app={app} rules={rules} now={now} /> : <p class="faint">{FOR_ADMINISTRATORS}</p>}
        </Section>
      </div>
      {health !== null && (
        <>
          <div class="panel">
            <Section id="live" title="Running and waiting">
              <LiveView health={health} now={now} />
            </Section>
          </div>
          <div class="panel">
            <Section id="stuck" title="Stuck runs">
              <StuckView stuck={health.stuck} />
            </Section>
          </div>
        </>
      )}
      <div class="panel">
        <Section id="letters" title="Dead letters">
          {isAdmin ? (
            <FeedView feed={letters} what="the dead letters" onRetry={retryLetters}>
              {(found) => <LettersView letters={found} most={MOST_LETTERS} now={now} />}
            </FeedView>
          ) : (
            <p class="faint">{FOR_ADMINISTRATORS}</p>
          )}
        </Section>
      </div>
      <div class="panel">
        <Section id="rebuild" title="Index and read models">
          <Rebuilding app={app} now={now} />
        </Section>
      </div>
    </>
  );
}

function Theme() {
  const [theme, setTheme] = useState(rememberedTheme);
  const choose = (next: string) => {
    const known = THEMES.find((each) => each === next) ?? "system";
    applyTheme(known);
    setTheme(known);
  };
  return <ThemeView themes={THEMES} theme={theme} onChoose={choose} />;
}

/** Read by everybody, edited by administrators; a form that is open stays as it is whatever happens around it. */
function Rules({ app, rules }: { app: Context; rules: EndpointRules | null }) {
  const [open, setOpen] = useState(false);
  const [state, setState] = useState<SaveState>({ step: "editing" });
  const save = (content: Group) => {
    setState({ step: "saving" });
    saveRules(app.db, app.endpoint, content, { exists: rules !== null, uid: app.user.uid }).then(
      () => {
        setState({ step: "saved" });
        setOpen(false);
      },
      (error) => setState({ step: "failed", error: toFeedError(error) }),
    );
  };
  if (open) {
    return <RulesForm {...{ rules, state }} endpoint={app.endpoint} onSave={save} onLeave={() => setOpen(false)} />;
  }
  return (
    <>
      <RulesView rules={rules} />
      {app.user.role === "admin" ? (
        <div class="actions">
          <button type="button" onClick={() => setOpen(true)}>
            Change the rules
          </button>
          <span role="status">{state.step === "saved" && "Saved."}</span>
        </div>
      ) : (
        <p class="faint">Administrators change these rules.</p>
      )}
    </>
  );
}

interface UseProps {
  app: Context;
  rules: Feed<EndpointRules | null>;
  now: Time;
}

function Use({ app, rules, now }: UseProps) {
  const month = new Date(now).toISOString().slice(0, 7);
  const [places, retryPlaces] = useFeed<Holder[] | null>(
    useCallback<Start<Holder[] | null>>((...on) => watchPlaces(app.db, ...on), [app.db]),
  );
  const [ledger, retryLedger] = useFeed<Ledger | null>(
    useCallback<Start<Ledger | null>>(
      (...on) => watchLedger(app.db, app.endpoint, month, ...on),
      [app.db, app.endpoint, month],
    ),
  );
  const retry = () => {
    retryPlaces();
    retryLedger();
  };
  return (
    <FeedView feed={together(places, ledger)} what="the quotas" onRetry={retry}>
      {([holders, spent]) => (
        <UseView
          {...{ month, now }}
          endpoint={app.endpoint}
          holders={holders ?? []}
          ledger={spent}
          budgetUsd={latest(rules)?.monthlyBudgetUsd ?? null}
        />
      )}
    </FeedView>
  );
}

function Rebuilding({ app, now }: { app: Context; now: Time }) {
  const [asked, retryAsked] = useDocument(watchAsked, app.db, app.endpoint);
  const [rebuild, retryRebuild] = useDocument(watchRebuild, app.db, app.endpoint);
  const [error, setError] = useState<FeedError | null>(null);
  const ask = () => {
    setError(null);
    askRebuild(app.db, app.endpoint, app.user.uid).catch((problem) => setError(toFeedError(problem)));
  };
  const retry = () => {
    retryAsked();
    retryRebuild();
  };
  return (
    <FeedView feed={together(asked, rebuild)} what="the state of the index" onRetry={retry}>
      {([wish, last]) => (
        <RebuildView
          {...{ error, now }}
          asked={wish !== null}
          rebuild={last}
          problem={app.user.role === "admin" ? null : "Administrators have them made anew."}
          onAsk={ask}
        />
      )}
    </FeedView>
  );
}
