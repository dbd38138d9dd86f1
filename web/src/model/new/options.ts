/** What the form of a new experiment offers to choose from, and which choices go together (S4.15). */

import { limitsOf } from "../common/schema";
import { groups, isGroup, numberOf, textOf } from "../common/values";
import type { Config } from "../configs/configs";
import choices from "../copies/choices.json";
import type { Group, Time } from "../run/run";
import type { Form, SplitKind } from "./wizard";

export const MODEL_TYPES = ["retrieval", "ranking", "multitask"] as const;
export type ModelType = (typeof MODEL_TYPES)[number];

export const MODEL_TYPE_WORDS: Record<ModelType, { title: string; what: string }> = {
  retrieval: { title: "Retrieval", what: "Which products will a customer order? Finds them among all products." },
  ranking: { title: "Ranking", what: "How much, or whether? Predicts a number for a customer and a product." },
  multitask: { title: "Multitask", what: "Both at once: finds products and predicts the number." },
};

export const SPLIT_WORDS: Record<SplitKind, string> = {
  default: "Chosen by the data",
  strict_time: "By time",
  time_holdout: "The last days are the test",
  random: "At random",
};

export interface FeatureOption {
  id: string;
  name: string;
  dataset: string;
  /** Its column and how it is normalised; null: none. */
  target: { column: string; normalise: string } | null;
  /** Whether the query tower would have nothing to read. */
  empty: boolean;
  /** `4 + 1 cross to 4 + 1 cross`: how many go into each tower. */
  counts: string;
  updatedAt: Time | null;
}

export interface ModelOption {
  id: string;
  name: string;
  modelType: ModelType;
  /** `query 64→d0.2→32, candidate 64→32`, as runs and reports write it (S4.16). */
  layers: string;
  rankingLoss: string;
  optimizer: string;
  learningRate: string;
  batchSize: string;
  updatedAt: Time | null;
}

export function featureOption({ id, name, content, updatedAt }: Config): FeatureOption {
  const target = isGroup(content.target) ? content.target : null;
  const query = groups(content.query_features);
  const known = query.filter(({ is_primary_id }) => is_primary_id !== true);
  return {
    ...{ id, name, updatedAt, dataset: textOf(content.dataset) },
    target: target && { column: textOf(target.column), normalise: textOf(target.normalise) },
    empty: content.query_id === "none" && known.length === 0,
    counts: `${sizeOf(content, "query")} in the query tower, ${sizeOf(content, "candidate")} in the candidate tower`,
  };
}

function sizeOf(content: Group, tower: "query" | "candidate"): string {
  const [features, crosses] = [groups(content[`${tower}_features`]), groups(content[`${tower}_crosses`])];
  const told = features.length === 1 ? "1 feature" : `${features.length} features`;
  if (crosses.length === 0) return told;
  return `${told} and ${crosses.length === 1 ? "1 cross" : `${crosses.length} crosses`}`;
}

export function modelOption({ id, name, content, updatedAt }: Config): ModelOption {
  const settled = (field: string) => content[field] ?? limitsOf("ModelConfig", field).default;
  const modelType = MODEL_TYPES.find((type) => type === content.model_type) ?? "retrieval";
  const optimizer = textOf(settled("optimizer"));
  const rates: Record<string, number> = choices.learning_rates;
  return {
    ...{ id, name, updatedAt, modelType, optimizer },
    layers: layersOf(content, modelType !== "retrieval", Number(settled("output_embedding_dim"))),
    rankingLoss: textOf(settled("ranking_loss")),
    learningRate: String(numberOf(content.learning_rate) ?? rates[optimizer] ?? "the optimizer's own"),
    batchSize: String(settled("batch_size") ?? "auto"),
  };
}

function layersOf(content: Group, head: boolean, output: number): string {
  const parts = [["query", output], ["candidate", output], ...(head ? [["head", 1]] : [])] as const;
  const told = parts.map(([part, last]) => {
    const name = part === "head" ? "rating_head_layers" : `${part}_layers`;
    const layers = groups(content[name] ?? limitsOf("ModelConfig", name).default).map(shortLayer);
    return `${part} ${[...layers, last].join("→")}`;
  });
  return told.join(", ");
}

function shortLayer({ type, units, rate }: Group): string {
  switch (type) {
    case "dropout":
      return `d${rate}`;
    case "batch_norm":
      return "bn";
    case "layer_norm":
      return "ln";
    default:
      return String(units);
  }
}

export interface Options {
  feature_config: FeatureOption[];
  model_config: ModelOption[];
}

export function optionOf<K extends keyof Options>(options: Options, kind: K, id: string): Options[K][number] | null {
  const found: readonly (FeatureOption | ModelOption)[] = options[kind];
  return (found.find((each) => each.id === id) as Options[K][number] | undefined) ?? null;
}

/** Why a feature config cannot be used by models of a type, in a sentence; null when it can. */
export function unfitFeatures(features: FeatureOption, type: ModelType): string | null {
  if (type !== "retrieval" && features.target === null)
    return `A ${type} model predicts a target, and this feature config has none.`;
  return features.empty ? "Its query tower has nothing to read." : null;
}

/** Why a model config cannot be trained with these features; null when it can. */
export function unfitModel(model: ModelOption, features: FeatureOption | null): string | null {
  if (features === null || unfitFeatures(features, model.modelType) !== null) return null; // said of the features
  if (model.modelType === "retrieval" || model.rankingLoss !== "binary_crossentropy") return null;
  return features.target?.normalise === "zscore"
    ? "Binary cross-entropy needs a target from 0 to 1, and these features give z-scores."
    : null;
}

/** The form with a model config of the type, and features that go with it where there are some. */
export function withType(form: Form, type: ModelType, options: Options): Form {
  const chosen = optionOf(options, "feature_config", form.feature_config);
  const fits = chosen !== null && unfitFeatures(chosen, type) === null;
  const features = fits ? chosen : newest(options.feature_config.filter((each) => unfitFeatures(each, type) === null));
  const model = optionOf(options, "model_config", form.model_config);
  const models = options.model_config.filter(
    (each) => each.modelType === type && unfitModel(each, features ?? chosen) === null,
  );
  return {
    ...form,
    model_type: type,
    feature_config: features?.id ?? form.feature_config,
    model_config: model?.modelType === type ? model.id : (newest(models)?.id ?? ""),
  };
}

/** What the form begins with where nothing was asked for: the newest configs that go together. */
export function withDefaults(form: Form, options: Options): Form {
  const model = optionOf(options, "model_config", form.model_config);
  const asked = MODEL_TYPES.find((type) => type === form.model_type);
  if (model !== null) return withFeatures({ ...form, model_type: model.modelType }, model.modelType, options);
  if (form.model_config !== "") return { ...form, model_type: asked ?? "retrieval" }; // it is gone: the form says so
  return withType(form, asked ?? "retrieval", options);
}

function withFeatures(form: Form, type: ModelType, options: Options): Form {
  if (form.feature_config !== "") return form;
  const fitting = options.feature_config.filter((each) => unfitFeatures(each, type) === null);
  return { ...form, feature_config: newest(fitting)?.id ?? "" };
}

function newest<T extends { updatedAt: Time | null }>(found: readonly T[]): T | null {
  return found.reduce<T | null>((best, each) => ((each.updatedAt ?? 0) > (best?.updatedAt ?? -1) ? each : best), null);
}

/** What a model config says where the experiment says nothing: `256, as the model config says`. */
export function modelWords(model: ModelOption | null, field: "batch_size" | "learning_rate"): string {
  if (model === null) return "as the model config says";
  return `${field === "batch_size" ? model.batchSize : model.learningRate}, as the model config says`;
}

/** What a tier trains on: `e2-standard-4, 4 vCPU, 16 GB`. */
export function tierWords(name: string): string {
  const tiers: Record<string, (typeof choices.tiers)[keyof typeof choices.tiers]> = choices.tiers;
  const machine = tiers[name]?.trainer;
  if (machine === undefined) return "";
  const accelerator: string | null = machine.accelerator;
  const gpu = accelerator?.replace("NVIDIA_", "").replace("TESLA_", "");
  const parts = [machine.name, `${machine.vcpus} vCPU`, `${machine.memory_gb} GB`, gpu && `one ${gpu}`];
  return parts.filter(Boolean).join(", ");
}
