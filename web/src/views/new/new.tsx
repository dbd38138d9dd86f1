/** The form of a new experiment: two steps, and beside them what it is expected to take (issue view 2). */
import "../../styles/new.css";
import type { ComponentChildren } from "preact";
import type { FeedError } from "../../model/common/feed";
import type { Difference } from "../../model/new/clone";
import type { Place } from "../../model/new/placing";
import { labelOf, type Step } from "../../model/new/wizard";
import type { Problem } from "../../model/run/run";
import { Crumbs, Offline } from "../parts";
import { type Origin, placesOf, SuggestionView, titleOf } from "./origin";
import { Side } from "./side";

/** Where the experiment is on its way to the service. */
export type SendState =
  | { step: "editing" }
  | { step: "sending" }
  /** Started, as soon as the check has said that nothing is wrong. */
  | { step: "waiting" }
  /** The check cannot be reached: it is asked whether to start without it. */
  | { step: "unchecked" }
  | { step: "failed"; error: FeedError };

export interface Wrong {
  place: Place;
  label: string;
  sentence: string;
}

export interface NewProps {
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

export function placeLabel(place: Place): string {
  if (place === "dataset") return "Dataset";
  return place === "form" ? "The experiment" : labelOf(place);
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
