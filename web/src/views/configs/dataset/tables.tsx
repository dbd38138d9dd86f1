/** Which tables a dataset reads, and how they are joined (domain S1.1, S1.4, S1.8). */
import { useState } from "preact/hooks";
import { bytesWords, count } from "../../../model/common/format";
import { group, groups, numberOf, textOf, withField } from "../../../model/common/values";
import { type JoinProposal, joinOf, joinProposals, unjoined } from "../../../model/configs/dataset/joins";
import type { Catalogue } from "../../../model/configs/dataset/report";
import {
  addTable,
  aliasOf,
  joinsOf,
  primaryOf,
  removeTable,
  renameTable,
  tablesOf,
  withJoins,
} from "../../../model/configs/dataset/tables";
import { findingsElsewhere, sentenceAt } from "../../../model/configs/draft";
import type { Group, Problem } from "../../../model/run/run";
import { Prose } from "../../parts";
import { SelectField, TextField } from "../../ui/fields";
import { FindingsView } from "../parts";
import { Field } from "./fields";

export interface FormProps {
  content: Group;
  /** What the service says of it: columns, tables, proposals, sentences. */
  fields: Group;
  catalogue: Catalogue;
  problems: readonly Problem[];
  onChange: (content: Group) => void;
}

export function TablesForm(props: FormProps) {
  const { content, fields, problems, onChange } = props;
  const tables = tablesOf(content);
  const facts = group(fields.tables);
  return (
    <>
      {tables.length === 0 && <p>Begin with the table that has a row for each purchase, or each line of an order.</p>}
      {tables.length > 0 && (
        <FindingsView problems={problems.filter(({ path }) => path === "tables" || path === "primary")} />
      )}
      {tables.length > 0 && (
        <ul class="items items-tables">
          {tables.map((table, index) => {
            const alias = aliasOf(table);
            const known = group(facts[alias]);
            const path = `tables.${index}`;
            return (
              <li key={`${index} ${textOf(table.table)}`} class="panel">
                <div class="heading">
                  <h3>{textOf(table.table)}</h3>
                  <button
                    type="button"
                    class="quiet"
                    aria-label={`Remove the table ${alias}`}
                    onClick={() => onChange(removeTable(content, index))}
                  >
                    Remove
                  </button>
                </div>
                <p class="faint">{factsWords(known)}</p>
                <FindingsView
                  problems={problems.filter((each) => each.path === path || each.path === `${path}.table`)}
                />
                <div class="fields">
                  <TextField
                    label="Alias"
                    value={textOf(table.alias)}
                    placeholder={alias}
                    hint="What joins and names call it."
                    onEdit={(next) => onChange(renameTable(content, index, next))}
                    problem={sentenceAt(problems, `${path}.alias`, "error")}
                  />
                </div>
                {tables.length > 1 && (
                  <label class="choice">
                    <input
                      type="radio"
                      name="primary"
                      checked={alias === primaryOf(content)}
                      onChange={() => onChange({ ...content, primary: alias })}
                    />{" "}
                    Purchases are in this table
                  </label>
                )}
              </li>
            );
          })}
        </ul>
      )}
      <AddTable {...props} />
      {tables.length > 1 && <JoinsForm {...props} />}
    </>
  );
}

function factsWords(known: Group): string {
  const rows = numberOf(known.rows);
  if (Object.keys(known).length === 0) return "It is being looked at, or it is not there.";
  const size = [rows === null ? "" : `${count(rows)} rows`, bytesWords(numberOf(known.bytes))]
    .filter(Boolean)
    .join(", ");
  return `${size}, ${count(numberOf(known.columns))} columns${known.native === false ? "; a view" : ""}`;
}

function AddTable({ content, catalogue, onChange }: FormProps) {
  const [name, write] = useState("");
  const used = new Set(tablesOf(content).map(({ table }) => textOf(table)));
  const offered = catalogue.offered.filter(({ table }) => !used.has(table));
  const add = (table: string) => {
    if (table.trim() === "") return;
    onChange(addTable(content, table.trim()));
    write("");
  };
  const few = offered.length <= 8;
  return (
    <form
      class="add-table"
      onSubmit={(event) => {
        event.preventDefault();
        add(name);
      }}
    >
      {few && offered.length > 0 && (
        <fieldset class="choices">
          <legend>Tables of the warehouse</legend>
          {offered.map(({ table }) => (
            <button key={table} type="button" onClick={() => add(table)}>
              Add {table}
            </button>
          ))}
        </fieldset>
      )}
      <div class="add-row">
        <TextField
          label={tablesOf(content).length === 0 ? "The table of purchases" : "Another table"}
          value={name}
          onEdit={write}
          options={few ? undefined : offered.map(({ table }) => table)}
          hint={
            <>
              <code>dataset.table</code>, or with the project before it.
              {(catalogue.leftOut.offered ?? 0) > 0 && ` ${count(catalogue.leftOut.offered ?? 0)} more are not listed.`}
            </>
          }
        />
        <button type="submit" disabled={name.trim() === ""}>
          Add
        </button>
      </div>
    </form>
  );
}

function JoinsForm(props: FormProps) {
  const { content, fields, problems, onChange } = props;
  const joins = joinsOf(content);
  const proposals = joinProposals(fields, content);
  const missing = unjoined(content);
  const change = (next: readonly Group[]) => onChange(withJoins(content, next));
  const shown = joins.map((_, i) => `joins.${i}`);
  return (
    <section aria-labelledby="joins">
      <h3 id="joins">Joins</h3>
      <p class="faint">Each other table is joined once; every purchase stays one row.</p>
      <FindingsView problems={findingsElsewhere(problems, shown).filter(({ path }) => path.startsWith("joins"))} />
      <ul class="items">
        {joins.map((join, index) => (
          <li key={`${index} ${textOf(join.right)}`} class="panel">
            <JoinFields
              {...props}
              join={join}
              index={index}
              onJoin={(next) => change(joins.map((each, i) => (i === index ? next : each)))}
            />
            <FindingsView problems={problems.filter(({ path }) => path === `joins.${index}`)} />
            <button
              type="button"
              class="quiet"
              aria-label={`Remove the join of ${textOf(join.right)}`}
              onClick={() => change(joins.filter((_, i) => i !== index))}
            >
              Remove
            </button>
          </li>
        ))}
      </ul>
      {proposals.length > 0 && (
        <fieldset class="choices">
          <legend>Proposed by their names and types</legend>
          {proposals.map((each) => (
            <button key={proposalWords(each)} type="button" onClick={() => change([...joins, joinOf(each)])}>
              {proposalWords(each)} <span class="faint">({each.confidence})</span>
            </button>
          ))}
        </fieldset>
      )}
      {missing.length > 0 && (
        <div class="actions">
          {missing.map((alias) => (
            <button
              key={alias}
              type="button"
              onClick={() =>
                change([...joins, { left: primaryOf(content), right: alias, keys: [{ left: "", right: "" }] }])
              }
            >
              Join {alias} by hand
            </button>
          ))}
        </div>
      )}
    </section>
  );
}

function proposalWords({ left, right, leftColumn, rightColumn }: JoinProposal): string {
  return `${left}.${leftColumn} = ${right}.${rightColumn}`;
}

interface JoinProps extends FormProps {
  join: Group;
  index: number;
  onJoin: (join: Group) => void;
}

function JoinFields({ content, catalogue, problems, join, index, onJoin }: JoinProps) {
  const path = `joins.${index}`;
  const keys = groups(join.keys);
  const aliases = tablesOf(content).map(aliasOf);
  const left = textOf(join.left);
  const right = textOf(join.right);
  const tables = (chosen: string) =>
    [...new Set([chosen, ...aliases])].map((alias) => ({ value: alias, label: alias || "choose a table" }));
  const columns = (alias: string, chosen: string) =>
    [...new Set([chosen, ...(catalogue.tables.get(alias) ?? []).map(({ column }) => column)])].map((column) => ({
      value: column,
      label: column || "choose a column",
    }));
  const setKeys = (next: Group[]) => onJoin({ ...join, keys: next });
  return (
    <>
      <h4>
        <Prose text={`\`${left}\` with \`${right}\``} />
      </h4>
      <div class="fields">
        <SelectField
          label="Table"
          value={left}
          options={tables(left)}
          onEdit={(alias) => onJoin({ ...join, left: alias })}
          problem={sentenceAt(problems, `${path}.left`, "error")}
        />
        <SelectField
          label="Joined table"
          value={right}
          options={tables(right)}
          onEdit={(alias) => onJoin({ ...join, right: alias })}
          problem={sentenceAt(problems, `${path}.right`, "error")}
          warning={sentenceAt(problems, `${path}.right`, "warning")}
        />
        <Field
          label="Purchases without a partner"
          part="Join"
          field="type"
          path={`${path}.type`}
          problems={problems}
          value={join.type}
          meanings={{ left: "stay, with empty columns", inner: "are dropped" }}
          onEdit={(value) => onJoin(withField(join, "type", value))}
        />
      </div>
      {keys.map((key, at) => (
        <div key={`${index} ${at}`} class="fields">
          {(["left", "right"] as const).map((side) => (
            <SelectField
              key={side}
              label={side === "left" ? `Column of ${left}` : `Column of ${right}`}
              value={textOf(key[side])}
              options={columns(side === "left" ? left : right, textOf(key[side]))}
              onEdit={(column) => setKeys(keys.map((each, i) => (i === at ? { ...each, [side]: column } : each)))}
              problem={
                sentenceAt(
                  problems,
                  `${path}.keys.${at}${side === "left" ? "" : ".right"}`,
                  "error",
                  side === "right",
                ) ?? sentenceAt(problems, `${path}.keys.${at}.${side}`, "error")
              }
            />
          ))}
        </div>
      ))}
      <div class="actions">
        <button type="button" class="quiet" onClick={() => setKeys([...keys, { left: "", right: "" }])}>
          And another column
        </button>
        {keys.length > 1 && (
          <button type="button" class="quiet" onClick={() => setKeys(keys.slice(0, -1))}>
            Remove the last column
          </button>
        )}
      </div>
    </>
  );
}
