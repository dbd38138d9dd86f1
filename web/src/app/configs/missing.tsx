import { type ConfigKind, configPath } from "../../model/common/routes";
import { KIND_WORDS } from "../../model/configs/configs";
import { useTitle } from "../navigation";

/** At the address of a config that is not there. */
export function Missing({ kind, id }: { kind: ConfigKind; id: string }) {
  const { one, many } = KIND_WORDS[kind];
  useTitle(`No ${one} ${id} · Quicktest`);
  return (
    <div class="notice notice-empty">
      <h1 tabIndex={-1}>
        There is no {one} {id}
      </h1>
      <p>
        It was deleted, or the address has a mistake. <a href={configPath(kind)}>See all {many}</a>
      </p>
    </div>
  );
}
