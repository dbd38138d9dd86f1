import { Dialog } from "./ui/dialog";

interface KeysProps {
  keys: readonly { keys: string; what: string }[];
  onClose: () => void;
}

/** The keys that work here, those of the view first. */
export function KeysView({ keys, onClose }: KeysProps) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {keys.map(({ keys, what }) => (
          <div key={keys}>
            <dt>
              {keys.split(" ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
