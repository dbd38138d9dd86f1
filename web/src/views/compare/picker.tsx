/** Finds an experiment to put beside others. */
import { useState } from "preact/hooks";
import "../../styles/compare.css";
import { type Pickable, picked } from "../../model/compare/pick";
import { TextField } from "../ui/fields";

interface PickerProps {
  /** Those that may be chosen, newest first. */
  choices: readonly Pickable[];
  /** Whether these are all. */
  complete: boolean;
  onPick: (experiment: string) => void;
}

const SHOWN = 12;

export function PickerView({ choices, complete, onPick }: PickerProps) {
  const [text, setText] = useState("");
  const found = picked(choices, text);
  return (
    <div class="picker">
      <TextField
        label="Experiment"
        type="search"
        value={text}
        onEdit={setText}
        hint="A number, or words of its name, configs and tags"
      />
      <p class="faint" role="status">
        {found.length === 0
          ? "None found."
          : `${found.length} found${found.length > SHOWN ? `, the newest ${SHOWN} are shown` : ""}.`}
        {!complete && " Older ones are still being read."}
      </p>
      <ul class="picker-list">
        {found.slice(0, SHOWN).map((each) => (
          <li key={each.experiment}>
            <button type="button" aria-label={`Add ${each.label} ${each.name}`} onClick={() => onPick(each.experiment)}>
              Add
            </button>
            <span>
              <b class="number">{each.label}</b> {each.name}
              <small>{each.about}</small>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
