/** What a feature config and a model config are made of, for people who choose between them (S3.19, S4.16). */

import { group, groups, numberOf, textOf } from "../common/values";
import { TOWERS, type Tower } from "../configs/feature/document";
import type { Group } from "../run/run";

export interface Dimension {
  feature: string;
  width: number;
  share: number;
  cross: boolean;
}

export interface TowerWidth {
  tower: Tower;
  width: number;
  /** In the order of the tower's input. */
  dimensions: Dimension[];
}

/** Of a feature config's report: how wide each feature is in the input of its tower; its columns together. */
export function towersOf(fields: Group): TowerWidth[] {
  return TOWERS.map((tower) => {
    const outputs = groups(group(fields.dimensions)[tower]);
    const names = [...new Set(outputs.map(({ feature }) => textOf(feature)))];
    const dimensions = names.map((feature) => {
      const own = outputs.filter((each) => each.feature === feature);
      const sum = (of: "width" | "share") => own.reduce((total, each) => total + (numberOf(each[of]) ?? 0), 0);
      return { feature, width: sum("width"), share: sum("share"), cross: feature.includes(" × ") };
    });
    return { tower, width: numberOf(group(fields.widths)[tower]) ?? 0, dimensions };
  });
}

export interface Stack {
  part: string;
  /** From the input on: `68 wide`, `64`, `dropout 0.2`, `32`. */
  layers: string[];
}

const SHORT: [RegExp, string][] = [
  [/^d(?=[0-9.])/, "dropout "],
  [/^bn$/, "batch norm"],
  [/^ln$/, "layer norm"],
];

/** Of a model config's report: the layers of each part; the first is its input, where the features are known. */
export function stacksOf(fields: Group, widths: readonly TowerWidth[]): Stack[] {
  const structure = group(fields.structure);
  const output = (part: string) => textOf(structure[part]).split("→").at(-1);
  return ["query", "candidate", "head"].flatMap((part) => {
    const text = textOf(structure[part]);
    if (text === "") return [];
    const width = widths.find(({ tower }) => tower === part)?.width;
    const input = part === "head" ? `${output("query")} + ${output("candidate")}` : width && `${width} in`;
    return [{ part, layers: [...(input ? [input] : []), ...text.split("→").map(layerWords)] }];
  });
}

function layerWords(layer: string): string {
  return SHORT.reduce((text, [pattern, words]) => text.replace(pattern, words), layer);
}
