/** Beside the form: the way on, what to expect, what is different, and what is to be mended. The buttons come first: what is
 * said below them changes with each answer of the check, and must not move them away under somebody's finger. */
import type { Difference } from "../../model/new/clone";
import { sentenceCase } from "../../model/new/placing";
import type { Step } from "../../model/new/wizard";
import { REFUSED_REQUEST, RefusedView, Unsent } from "../experiment/actions";
import { StateIcon } from "../icons";
import { Prose, Section } from "../parts";
import { CopyButton } from "../ui/copy";
import type { NewProps, SendState } from "./new";

export function Side(props: NewProps) {
  const { origin, step, state, fresh, forecast, differences, yaml, onBack } = props;
  return (
    <div class="new-side">
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
          // on one column a press that takes the focus off a field shows its mistake, which moves what is below it
          onMouseDown={(event) => event.preventDefault()}
        >
          {goWords(step, state)}
        </button>
        <kbd title="The key for it">Ctrl+Enter</kbd>
      </div>
      {state.step === "failed" && <RefusedView error={state.error} refused={REFUSED_REQUEST} />}
      {state.step === "sending" && !fresh && <Unsent />}
      {state.step === "unchecked" && <Unchecked {...props} />}
      <Section id="expected" title="What to expect">
        {forecast}
      </Section>
      {origin.kind !== "nothing" && (
        <Section id="difference" title={`Difference to ${origin.parent.title}`}>
          <DifferencesView differences={differences} />
        </Section>
      )}
      <WrongView {...props} />
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
