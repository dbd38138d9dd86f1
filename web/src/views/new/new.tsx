/** The form of a new experiment: two steps, and beside them what it is expected to take (issue view 2). */
import "../../styles/new.css";
import type { ComponentChildren } from "preact";
import type { FeedError } from "../../model/common/feed";
import { capitalised } from "../../model/common/format";
import { experimentPath } from "../../model/common/routes";
import { changeWords, expectedWords, type Suggestion } from "../../model/dashboard/suggestions";
import type { Difference } from "../../model/new/clone";
import { type Place, sentenceCase } from "../../model/new/placing";
import { labelOf, type Step } from "../../model/new/wizard";
import type { Problem } from "../../model/run/run";
import { REFUSED_REQUEST, RefusedView, Unsent } from "../experiment/actions";
import { StateIcon } from "../icons";
import { Crumbs, Offline, Prose, Section } from "../parts";
import { CopyButton } from "../ui/copy";

/** Where the experiment is on its way to the service. */
export type SendState =
  | { step: "editing" }
  | { step: "sending" }
  /** Started, as soon as the check has said that nothing is wrong. */
  | { step: "waiting" }
  /** The check cannot be reached: it is asked whether to start without it. */
  | { step: "unchecked" }
  | { step: "failed"; error: FeedError };

interface Parent {
  id: string;
  /** `Exp #12`. */
  title: string;
}

/** What a form was begun from. */
export type Origin = { kind: "nothing" } | { kind: "clone"; parent: Parent } | SuggestedOrigin;
interface SuggestedOrigin {
  kind: "suggestion";
  parent: Parent;
  suggestion: Suggestion;
  /** Whether the model config that it brings is stored. */
  stored: boolean;
  onStore: () => void;
  storing: boolean;
  failed: FeedError | null;
}

export interface Wrong {
  place: Place;
  label: string;
  sentence: string;
}

interface NewProps {
  origin: Origin;
  endpoint: string;
  step: Step;
  stepPath: (step: Step) => string;
  fresh: boolean;
  /** Whether the form was filled by what was entered before. */
  restored: boolean;
  onRestart: () => void;
  differences: Difference[];
  /** Everything that keeps it from being started, in the order of the form. */
  wrong: readonly Wrong[];
  /** Whether all of it is shown: somebody wanted to start. */
  tried: boolean;
  /** What is said of the experiment as a whole. */
  general: readonly Problem[];
  state: SendState;
  yaml: string;
  forecast: ComponentChildren;
  children: ComponentChildren;
  onGo: () => void;
  onBack: () => void;
  onStartUnchecked: () => void;
  onKeepWaiting: () => void;
  onShow: (place: Place) => void;
}

const STEP_TITLES: Record<Step, string> = { 1: "What is trained, on what", 2: "How it is trained" };

function placesOf(origin: NewProps["origin"]): { name: string; path: string }[] {
  const all = { name: "Experiments", path: "/" };
  if (origin.kind === "nothing") return [all];
  return [all, { name: origin.parent.title, path: experimentPath(origin.parent.id) }];
}

export function NewView(props: NewProps) {
  const { origin, endpoint, step, stepPath, fresh, onGo, children } = props;
  const submit = (event: Event) => {
    event.preventDefault();
    onGo();
  };
  return (
    <>
      <Crumbs places={placesOf(origin)} />
      <div class="heading">
        <h1 tabIndex={-1}>{titleOf(origin)}</h1>
        <p class="summary">
          Model endpoint <code>{endpoint}</code>
        </p>
      </div>
      {!fresh && <Offline />}
      {origin.kind === "suggestion" && <SuggestionView {...origin} />}
      {props.restored && (
        <p class="notice notice-restored" role="status">
          This is what you entered before.{" "}
          <button type="button" class="quiet" onClick={props.onRestart}>
            Begin anew
          </button>
        </p>
      )}
      <nav class="new-steps" aria-label="Steps">
        <ol>
          {([1, 2] as const).map((each) => (
            <li key={each}>
              <a href={stepPath(each)} aria-current={each === step ? "step" : undefined}>
                {each}. {STEP_TITLES[each]}
              </a>
            </li>
          ))}
        </ol>
      </nav>
      <form class="new" onSubmit={submit} noValidate aria-label={titleOf(origin)}>
        <div class="new-fields">
          <h2 class="visually-hidden" id="step" tabIndex={-1}>
            Step {step} of 2: {STEP_TITLES[step]}
          </h2>
          {children}
        </div>
        <Side {...props} />
      </form>
    </>
  );
}

export function titleOf(origin: Origin): string {
  switch (origin.kind) {
    case "nothing":
      return "New experiment";
    case "clone":
      return `Clone of ${origin.parent.title}`;
    case "suggestion":
      return `Suggestion from ${origin.parent.title}`;
  }
}

function SuggestionView({ suggestion, stored, onStore, storing, failed }: SuggestedOrigin) {
  const { difference, reason, expected, modelConfig, label } = suggestion;
  return (
    <section class="panel" aria-label="The suggestion">
      <p>
        <b>{capitalised(label)}</b>: {difference.map(changeWords).join(", ")}
      </p>
      <p class="faint">
        Why: {reason}. Expected {expectedWords(expected)}.
      </p>
      {modelConfig !== null && !stored && (
        <p class="actions">
          <span>It needs a model config that is not stored yet: {String(modelConfig.content.name)}.</span>{" "}
          <button type="button" onClick={onStore} disabled={storing}>
            {storing ? "Storing…" : "Store the model config"}
          </button>
          {failed !== null && <RefusedView error={failed} refused={REFUSED_CONFIG} />}
        </p>
      )}
    </section>
  );
}

const REFUSED_CONFIG = {
  problem: "The server refused it.",
  remedy: "Reload the page, for your role may have changed; or another config has its name.",
};

function Side(props: NewProps) {
  const { origin, step, state, fresh, forecast, differences, yaml, onBack } = props;
  return (
    <div class="new-side">
      <Section id="expected" title="What to expect">
        {forecast}
      </Section>
      {origin.kind !== "nothing" && (
        <Section id="difference" title={`Difference to ${origin.parent.title}`}>
          <DifferencesView differences={differences} />
        </Section>
      )}
      <WrongView {...props} />
      {state.step === "failed" && <RefusedView error={state.error} refused={REFUSED_REQUEST} />}
      {state.step === "sending" && !fresh && <Unsent />}
      {state.step === "unchecked" && <Unchecked {...props} />}
      <div class="new-buttons">
        {step === 2 && (
          <button type="button" onClick={onBack}>
            Back
          </button>
        )}
        <button
          type="submit"
          class="primary"
          disabled={state.step === "sending"}
          // a press takes the focus off a field, whose mistake then moves the button away before it is let go
          onMouseDown={(event) => event.preventDefault()}
        >
          {goWords(step, state)}
        </button>
        <kbd title="The key for it">Ctrl+Enter</kbd>
      </div>
      <details class="new-yaml">
        <summary>As YAML</summary>
        <p class="faint">
          Save it as <code>experiment.yaml</code>; then <code>quicktest apply -f experiment.yaml</code>.
        </p>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard */}
        <pre tabIndex={0}>{yaml}</pre>
        <p class="actions">
          <CopyButton text={yaml} label="Copy the YAML" />
        </p>
      </details>
    </div>
  );
}

function goWords(step: Step, state: SendState): string {
  if (state.step === "sending") return "Starting…";
  if (state.step === "waiting") return "Starts when checked…";
  return step === 1 ? "Next: how it is trained" : "Start experiment";
}

function Unchecked({ onStartUnchecked, onKeepWaiting }: NewProps) {
  return (
    <div class="notice notice-offline" role="alert">
      <p>The check cannot be reached, so nobody knows yet whether this can be run. The service checks it again.</p>
      <p class="actions">
        <button type="button" onClick={onStartUnchecked}>
          Start without the check
        </button>
        <button type="button" onClick={onKeepWaiting}>
          Not now
        </button>
      </p>
    </div>
  );
}

/** What keeps it from being started: each with the way to its field. */
function WrongView({ wrong, tried, general, onShow }: NewProps) {
  const told = general.filter(({ severity }) => severity === "warning");
  return (
    <>
      {told.map(({ code, problem, remedy }) => (
        <p key={code} class="warning-text">
          <StateIcon icon="warning" /> <Prose text={`${sentenceCase(problem)} ${remedy}`} />
        </p>
      ))}
      {wrong.length > 0 && (
        <div class="new-wrong" role={tried ? "alert" : undefined}>
          <p class="error-text">{wrong.length === 1 ? "One thing is" : `${wrong.length} things are`} to be mended:</p>
          <ul>
            {wrong.map(({ place, label, sentence }) => (
              <li key={`${place} ${sentence}`}>
                {place === "form" ? (
                  <Prose text={sentence} />
                ) : (
                  <>
                    <button type="button" class="new-link" onClick={() => onShow(place)}>
                      {label}
                    </button>
                    : <Prose text={sentence} />
                  </>
                )}
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}

export function placeLabel(place: Place): string {
  if (place === "dataset") return "Dataset";
  return place === "form" ? "The experiment" : labelOf(place);
}

function DifferencesView({ differences }: { differences: Difference[] }) {
  if (differences.length === 0) return <p class="faint">None so far: it would be the same experiment again.</p>;
  return (
    <ul class="new-differences">
      {differences.map(({ label, before, after }) => (
        <li key={`${label} ${after}`}>
          <b>{label}</b>
          <br />
          <del>{before}</del> <span class="visually-hidden">becomes</span> <ins>{after}</ins>
        </li>
      ))}
    </ul>
  );
}

/** What stands here for people who may not start anything. */
export function MayNotStart({ children }: { children: ComponentChildren }) {
  return (
    <div class="notice notice-empty">
      <h1 tabIndex={-1}>You may only look</h1>
      <p>Viewers do not start experiments. Ask an administrator of the project for the role of an editor.</p>
      <p>{children}</p>
    </div>
  );
}
