import { useState } from "preact/hooks";
import { newConfigPath } from "../../../model/common/routes";
import { textOf } from "../../../model/common/values";
import type { Config } from "../../../model/configs/configs";
import { Empty } from "../../parts";
import { SelectField } from "../../ui/fields";

export type Start = { dataset: string; from: "blank" | "smart" } | { clone: string };

interface StartProps {
  datasets: readonly Config[];
  configs: readonly Config[];
  /** The dataset of the address. */
  chosen: string | null;
  onStart: (start: Start) => void;
}

/** Over which dataset, and from what a new feature config begins (S3.18). */
export function FeatureStartView({ datasets, configs, chosen, onStart }: StartProps) {
  const [dataset, setDataset] = useState(chosen ?? datasets[0]?.id ?? "");
  const [clone, setClone] = useState("");
  const ofIt = configs.filter(({ content }) => textOf(content.dataset) === dataset);
  if (datasets.length === 0) {
    return (
      <>
        <div class="heading">
          <h1 tabIndex={-1}>New feature config</h1>
        </div>
        <Empty title="There is no dataset yet">
          <p>
            A feature config says what the towers see of a dataset.{" "}
            <a href={newConfigPath("datasets")}>Make a dataset</a>
          </p>
        </Empty>
      </>
    );
  }
  return (
    <>
      <div class="heading">
        <h1 tabIndex={-1}>New feature config</h1>
      </div>
      <div class="panel">
        <SelectField
          label="Dataset"
          value={dataset}
          options={datasets.map(({ id, name }) => ({ value: id, label: `${name} (${id})` }))}
          onEdit={(id) => {
            setDataset(id);
            setClone("");
          }}
        />
      </div>
      <div class="towers stacks">
        <section class="panel" aria-labelledby="start-smart">
          <h2 id="start-smart">Smart defaults</h2>
          <p>Every column where its values say that it belongs, with the reason. Change what you know better.</p>
          <button type="button" class="primary" onClick={() => onStart({ dataset, from: "smart" })}>
            Begin with smart defaults
          </button>
        </section>
        <section class="panel" aria-labelledby="start-blank">
          <h2 id="start-blank">Blank</h2>
          <p>Only the ids of customer and product: what every model has.</p>
          <button type="button" onClick={() => onStart({ dataset, from: "blank" })}>
            Begin blank
          </button>
        </section>
        <section class="panel" aria-labelledby="start-clone">
          <h2 id="start-clone">Clone</h2>
          {ofIt.length === 0 ? (
            <p>This dataset has no feature config yet.</p>
          ) : (
            <>
              <SelectField
                label="Clone of"
                value={clone}
                options={[
                  { value: "", label: "Choose a feature config", disabled: true },
                  ...ofIt.map(({ id, name }) => ({ value: id, label: name })),
                ]}
                onEdit={setClone}
              />
              <button type="button" disabled={clone === ""} onClick={() => onStart({ clone })}>
                Begin with a clone
              </button>
            </>
          )}
        </section>
      </div>
    </>
  );
}
