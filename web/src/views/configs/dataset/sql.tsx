/** The SQL of a dataset (domain S1.34). */
import { useState } from "preact/hooks";
import { bytesWords } from "../../../model/common/format";
import { group, numberOf, textOf } from "../../../model/common/values";
import type { Group } from "../../../model/run/run";
import { CopyButton } from "../../ui/copy";
import { save } from "../../ui/download";
import { SourceView } from "../parts";

/** The query of each split, with what it would read. */
export function SqlView({ part, id }: { part: Group; id: string }) {
  const queries = group(part.queries);
  const bytes = group(part.bytes);
  const [split, choose] = useState("train");
  const text = textOf(queries[split]);
  if (Object.keys(queries).length === 0) return <p class="faint">There is no SQL while the dataset has problems.</p>;
  return (
    <>
      <fieldset class="actions">
        <legend class="visually-hidden">Split</legend>
        {["train", "eval", "test", "catalogue"]
          .filter((name) => name in queries)
          .map((name) => (
            <button key={name} type="button" aria-pressed={name === split} onClick={() => choose(name)}>
              {name}
            </button>
          ))}
        <CopyButton text={text} />
        <button type="button" onClick={() => save(`${id}-${split}.sql`, text, "application/sql")}>
          Download
        </button>
        <span class="faint">reads {bytesWords(numberOf(bytes[split]))}</span>
      </fieldset>
      <SourceView text={text} label={`SQL of the split ${split}`} />
    </>
  );
}
