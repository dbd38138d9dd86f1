import { useState } from "preact/hooks";
import { count } from "../../../model/common/format";
import { limitsOf } from "../../../model/common/schema";
import { group, texts } from "../../../model/common/values";
import { findingsAt } from "../../../model/configs/draft";
import { addCross, changeCross, crossable, quantileMembers, removeCross } from "../../../model/configs/feature/crosses";
import { crossesOf, crossName, featureName, type Place, type Tower } from "../../../model/configs/feature/document";
import type { FeatureWidth } from "../../../model/configs/feature/report";
import { crossWords } from "../../../model/configs/feature/words";
import type { Group, Problem, Value } from "../../../model/run/run";
import { SelectField, TextField } from "../../ui/fields";
import { changed, DocField, WidthField } from "../fields";
import { FindingsView } from "../parts";

interface CrossesProps {
  content: Group;
  tower: Tower;
  problems: readonly Problem[];
  widths: readonly FeatureWidth[];
  onChange: (content: Group) => void;
  act: (content: Group, sentence: string) => void;
  focus: (id: string) => void;
}

/** Features that are looked at together (S3.8). */
export function CrossesView(props: CrossesProps) {
  const { content, tower, problems, widths, act, focus } = props;
  const crosses = crossesOf(content, tower);
  const [open, setOpen] = useState<number | null>(null);
  return (
    <>
      <h3 id={`crosses-${tower}`} tabIndex={-1}>
        Crosses
      </h3>
      <FindingsView problems={problems.filter(({ path }) => path === `${tower}_crosses`)} />
      <ul class="pieces">
        {crosses.map((cross, index) => {
          const name = crossName(cross);
          const found = findingsAt(problems, `${tower}_crosses.${index}`);
          const width = widths.find(({ feature }) => feature === name)?.width;
          return (
            <li key={name} class="piece">
              <div class="piece-head">
                <button
                  type="button"
                  class="piece-name"
                  aria-expanded={open === index}
                  onClick={() => setOpen(open === index ? null : index)}
                >
                  {name}
                </button>
                {width !== undefined && <span class="faint number">{count(width)} wide</span>}
                <button
                  type="button"
                  class="quiet"
                  aria-label={`Remove ${name}`}
                  onClick={() => {
                    act(removeCross(content, { tower, index }), `${name} was removed.`);
                    setOpen(null);
                    focus(`crosses-${tower}`);
                  }}
                >
                  ✕
                </button>
              </div>
              <small>{crossWords(cross)}</small>
              <FindingsView problems={found} />
              {open === index && (
                <div class="piece-settings">
                  <CrossSettings {...props} cross={cross} place={{ tower, index }} />
                </div>
              )}
            </li>
          );
        })}
      </ul>
      <NewCross {...props} />
    </>
  );
}

function CrossSettings({ content, problems, onChange, cross, place }: CrossesProps & { cross: Group; place: Place }) {
  const path = `${place.tower}_crosses.${place.index}`;
  const set = (field: string) => (value: Value | undefined) =>
    onChange(changeCross(content, place, changed(cross, field, value)));
  const at = (field: string) => ({
    field,
    path: `${path}.${field}`,
    problems,
    value: cross[field],
    onEdit: set(field),
  });
  const quantiles = group(cross.bucketize);
  const cut = (member: string, text: string) => {
    const number = Number(text);
    const value = text.trim() === "" ? undefined : Number.isFinite(number) ? number : text;
    const next = changed(quantiles, member, value);
    set("bucketize")(Object.keys(next).length === 0 ? undefined : next);
  };
  return (
    <>
      <div class="fields">
        <DocField label="Buckets" part="Cross" {...at("hash_buckets")} />
        {quantileMembers(content, place.tower, cross).map((member) => (
          <TextField
            key={member}
            label={`Quantiles of ${member}`}
            hint="Empty: 10"
            mode="numeric"
            value={quantiles[member] === undefined ? "" : String(quantiles[member])}
            onEdit={(text) => cut(member, text)}
          />
        ))}
      </div>
      <WidthField part="Cross" {...at("embedding_dim")} recommended={null} />
    </>
  );
}

function NewCross({ content, tower, act, focus }: CrossesProps) {
  const names = crossable(content, tower).map(featureName);
  const [members, setMembers] = useState<readonly string[]>([]);
  const most = limitsOf("Cross", "features").high ?? 3;
  const least = limitsOf("Cross", "features").low ?? 2;
  const chosen = members.filter((member) => names.includes(member));
  const same = crossesOf(content, tower).map((cross) => texts(cross.features).toSorted().join("\n"));
  const there = same.includes(chosen.toSorted().join("\n"));
  if (names.length < least) return <p class="faint">A cross needs two features that are no histories.</p>;
  const options = (place: number) => [
    { value: "", label: place < least ? "Choose a feature" : "none" },
    ...names.map((name) => ({ value: name, label: name, disabled: chosen.includes(name) && chosen[place] !== name })),
  ];
  const choose = (place: number, name: string) => {
    const next = Array.from({ length: most }, (_, i) => (i === place ? name : (chosen[i] ?? "")));
    setMembers(next.filter((each) => each !== ""));
  };
  return (
    <details class="config-details new-cross">
      <summary>Add a cross</summary>
      <div class="fields">
        {Array.from({ length: Math.min(most, chosen.length + 1, names.length) }, (_, place) => (
          <SelectField
            key={place}
            label={`Feature ${place + 1}`}
            value={chosen[place] ?? ""}
            options={options(place)}
            onEdit={(name) => choose(place, name)}
          />
        ))}
      </div>
      {there && <p class="faint">This cross is there already.</p>}
      <button
        type="button"
        disabled={chosen.length < least || there}
        onClick={() => {
          act(addCross(content, tower, chosen), `${chosen.toSorted().join(" × ")} was added to the ${tower} tower.`);
          setMembers([]);
          focus(`crosses-${tower}`);
        }}
      >
        Add the cross
      </button>
    </details>
  );
}
