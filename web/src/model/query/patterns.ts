/**
 * Regular expressions in linear time, a copy of shared/insights/lists/patterns.py: what people type must not keep the
 * page busy for minutes, as the browser's own engine is by `(a+)+b`. All alternatives are followed at once (K. Thompson,
 * "Regular expression search algorithm", 1968), and what a set of places leads to is remembered.
 *
 *     pattern = branch { "|" branch }
 *     branch  = { piece }
 *     piece   = atom [ "*" | "+" | "?" | "{" n [ "," [ m ] ] "}" ]      n, m <= 50
 *     atom    = character | "." | "^" | "$" | "(" pattern ")" | "(?:" pattern ")" | class | escape
 *     class   = "[" [ "^" ] { character [ "-" character ] | escape } "]"
 *     escape  = "\" ( d | D | w | W | s | S | any character that is neither letter nor digit )
 *
 * `.` is any character but a newline, `\w` is ASCII, and capitals and small letters are the same. A match may be
 * anywhere in the text.
 */

const LONGEST_PATTERN = 200;
const LONGEST_TEXT = 2_000; // what lies behind is not looked at
const MOST_REPEATS = 50;
const MOST_PLACES = 2_000;
const MOST_REMEMBERED = 5_000; // sets of places
const DEEPEST_GROUP = 20;

type Matches = (character: string) => boolean;
type Range = readonly [number, number];

const ESCAPES: Readonly<Record<string, readonly Range[]>> = {
  d: [[48, 57]],
  w: [
    [48, 57],
    [65, 90],
    [95, 95],
    [97, 122],
  ],
  s: [
    [9, 13],
    [32, 32],
  ],
};

/** `position` is that of the character in the pattern. */
export class PatternError extends Error {
  constructor(
    readonly problem: string,
    readonly position: number,
  ) {
    super(problem);
  }
}

/** One place: `kind` says what is needed to leave it. `split` and `jump` need nothing, `start` and `end` an end of the
 * text, `match` ends. */
interface Step {
  kind: "one" | "split" | "jump" | "start" | "end" | "match";
  matches: Matches | null;
  first: number;
  second: number;
}

/** Places that are reached together, and what each character that was seen leads to. */
interface Places {
  at: readonly number[];
  isMatch: boolean;
  after: Map<string, Places>;
}

/** A compiled pattern; throws PatternError for one that is not of this language. */
export class Pattern {
  private readonly steps: readonly Step[];
  private readonly known = new Map<string, Places>();
  private readonly begin: Places;
  private readonly again: readonly number[];

  constructor(pattern: string) {
    this.steps = new Compiler(pattern).compile();
    this.again = this.closure([0], false);
    this.begin = this.places(this.closure([0], true));
  }

  /** Whether it matches anywhere in the first 2,000 characters. */
  search(text: string): boolean {
    const searched = text.slice(0, LONGEST_TEXT).toLowerCase();
    let places = this.begin;
    if (places.isMatch) return true;
    for (const character of searched) {
      places = places.after.get(character) ?? this.afterOf(places, character);
      if (places.isMatch) return true;
    }
    return this.isMatch(this.closure(places.at, searched === "", true));
  }

  private afterOf(places: Places, character: string): Places {
    const passed = places.at.flatMap((place) => {
      const step = this.steps[place];
      return step?.matches?.(character) ? [step.first] : [];
    });
    const reached = this.places([...new Set([...this.closure(passed, false), ...this.again])]);
    places.after.set(character, reached);
    return reached;
  }

  private places(at: readonly number[]): Places {
    const key = [...at].sort((a, b) => a - b).join();
    const known = this.known.get(key);
    if (known !== undefined) return known;
    if (this.known.size >= MOST_REMEMBERED) {
      for (const each of this.known.values()) each.after.clear();
      this.known.clear();
    }
    const places = { at, isMatch: this.isMatch(at), after: new Map() };
    this.known.set(key, places);
    return places;
  }

  private isMatch(at: readonly number[]): boolean {
    return at.some((place) => this.steps[place]?.kind === "match");
  }

  /** All places that are reached without a character. */
  private closure(places: readonly number[], atStart: boolean, atEnd = false): number[] {
    const seen = new Set(places);
    for (const at of seen) {
      const step = this.steps[at];
      if (step === undefined) continue;
      const { kind, first, second } = step;
      if (!(kind === "split" || kind === "jump" || (kind === "start" && atStart) || (kind === "end" && atEnd)))
        continue;
      if (first >= 0) seen.add(first); // a set that grows is walked to its end
      if (second >= 0) seen.add(second);
    }
    return [...seen];
  }
}

function step(kind: Step["kind"], first = -1, second = -1, matches: Matches | null = null): Step {
  return { kind, matches, first, second };
}

/** Recursive descent; each part is compiled to steps whose end is the next number. */
class Compiler {
  private readonly characters: readonly string[];
  private at = 0;
  private depth = 0;
  private readonly steps: Step[] = [];

  constructor(pattern: string) {
    this.characters = [...pattern];
    if (this.characters.length > LONGEST_PATTERN) {
      throw new PatternError(`a pattern has at most ${LONGEST_PATTERN} characters`, LONGEST_PATTERN);
    }
  }

  compile(): readonly Step[] {
    this.alternatives();
    if (this.at < this.characters.length) throw new PatternError("this parenthesis was never opened", this.at);
    this.add(step("match"));
    return this.steps;
  }

  private next(ahead = 0): string {
    return this.characters[this.at + ahead] ?? "";
  }

  private take(): string {
    this.at += 1;
    return this.characters[this.at - 1] ?? "";
  }

  private add(each: Step): number {
    if (this.steps.length >= MOST_PLACES) throw new PatternError("the pattern repeats too much", this.at);
    return this.steps.push(each) - 1;
  }

  private alternatives(): void {
    let begin = this.steps.length;
    this.branch();
    const ends: number[] = [];
    while (this.next() === "|") {
      this.at += 1;
      this.insert(begin, step("split", begin + 1, this.steps.length + 2));
      ends.push(this.add(step("jump")));
      begin = this.steps.length;
      this.branch();
    }
    for (const end of ends) this.steps[end] = step("jump", this.steps.length);
  }

  private branch(): void {
    while (!["", "|", ")"].includes(this.next())) this.piece();
  }

  private piece(): void {
    const [begin, where] = [this.steps.length, this.at];
    this.atom();
    const [low, high] = this.repeats();
    if (low === 1 && high === 1) return;
    if (["*", "+", "?", "{"].includes(this.next())) {
      throw new PatternError(`\`${this.next()}\` repeats what is repeated already`, this.at);
    }
    const body = this.steps.slice(begin);
    const kind = body[0]?.kind;
    if (kind === undefined || kind === "start" || kind === "end") {
      throw new PatternError("there is nothing here to repeat", where);
    }
    this.steps.length = begin;
    for (let i = 0; i < low; i++) this.copy(body, begin);
    if (high === null) this.loop(body, begin);
    else this.perhaps(body, begin, high - low);
  }

  private loop(body: readonly Step[], origin: number): void {
    const split = this.add(step("split"));
    this.copy(body, origin);
    const end = this.add(step("jump", split));
    this.steps[split] = step("split", split + 1, end + 1);
  }

  private perhaps(body: readonly Step[], origin: number, times: number): void {
    const splits: number[] = [];
    for (let i = 0; i < times; i++) {
      splits.push(this.add(step("split")));
      this.copy(body, origin);
    }
    for (const split of splits) this.steps[split] = step("split", split + 1, this.steps.length);
  }

  /** The steps of a part once more, at the end. */
  private copy(body: readonly Step[], origin: number): void {
    const by = this.steps.length - origin;
    for (const each of body) this.add(moved(each, by));
  }

  /** Puts a step before a part; what the part says of its own places moves by one. */
  private insert(at: number, each: Step): void {
    const part = this.steps.slice(at).map((other) => moved(other, 1));
    this.steps.length = at;
    this.add(each);
    for (const other of part) this.add(other);
  }

  private repeats(): [number, number | null] {
    const sign = this.next();
    if (sign === "{") return this.counted();
    if (sign !== "*" && sign !== "+" && sign !== "?") return [1, 1];
    this.at += 1;
    return sign === "*" ? [0, null] : sign === "+" ? [1, null] : [0, 1];
  }

  private counted(): [number, number | null] {
    const where = this.at;
    this.at += 1;
    const low = this.number();
    let most: number | null = low;
    if (this.next() === ",") {
      this.at += 1;
      const high = this.number();
      most = high < 0 ? null : high;
    }
    if (low < 0 || this.next() !== "}") throw new PatternError("a count is written {2}, {2,} or {2,5}", where);
    this.at += 1;
    if (Math.max(low, most ?? 0) > MOST_REPEATS || (most !== null && most < low)) {
      throw new PatternError(`a count is from low to high, and at most ${MOST_REPEATS}`, where);
    }
    return [low, most];
  }

  private number(): number {
    let digits = "";
    while (/^[0-9]$/.test(this.next()) && digits.length < 4) digits += this.take();
    return digits === "" ? -1 : Number(digits);
  }

  private atom(): void {
    const where = this.at;
    const character = this.take();
    if (character === "(") this.group(where);
    else if (character === "[") this.put(this.class(where));
    else if (character === ".") this.put((each) => each !== "\n");
    else if (character === "^") this.add(step("start", this.steps.length + 1));
    else if (character === "$") this.add(step("end", this.steps.length + 1));
    else if (character === "\\") this.put(escaped(this.escape(where)));
    else if ("*+?{".includes(character)) {
      throw new PatternError(`\`${character}\` has nothing before it to repeat; write \`\\${character}\``, where);
    } else {
      const lowered = character.toLowerCase();
      this.put((each) => each === lowered);
    }
  }

  private group(where: number): void {
    if (this.next() === "?") {
      if (this.next(1) !== ":") throw new PatternError("of groups only ( ) and (?: ) are known here", this.at);
      this.at += 2;
    }
    this.depth += 1;
    if (this.depth > DEEPEST_GROUP) throw new PatternError(`groups are at most ${DEEPEST_GROUP} deep`, where);
    this.alternatives();
    this.depth -= 1;
    if (this.next() !== ")") throw new PatternError("this parenthesis is never closed", where);
    this.at += 1;
  }

  private put(matches: Matches): void {
    this.add(step("one", this.steps.length + 1, -1, matches));
  }

  private class(where: number): Matches {
    const negated = this.next() === "^";
    if (negated) this.at += 1;
    const parts: Matches[] = [];
    for (let first = true; this.next() !== "]" || first; first = false) {
      if (this.next() === "") throw new PatternError("this bracket is never closed", where);
      parts.push(this.member());
    }
    this.at += 1;
    return (each) => parts.some((matches) => matches(each)) !== negated;
  }

  private member(): Matches {
    const where = this.at;
    let character = this.take();
    if (character === "\\") {
      const found = this.escape(where);
      if (found.single === null) return escaped(found);
      character = found.single;
    }
    let last = character;
    if (this.next() === "-" && !["", "]"].includes(this.next(1))) {
      this.at += 1;
      last = this.take();
      if (last === "\\") {
        const found = this.escape(this.at - 1);
        if (found.single === null) throw new PatternError("a range ends with a character", where);
        last = found.single;
      }
      if (codeOf(last) < codeOf(character)) throw new PatternError(`the range ${character}-${last} is empty`, where);
    }
    return escaped({ ranges: [[codeOf(character), codeOf(last)]], negated: false });
  }

  /** What stands after a backslash: a set, or a character that stands for itself. */
  private escape(where: number): Escape & { single: string | null } {
    const character = this.next();
    if (character === "") throw new PatternError("a backslash needs a character after it", where);
    this.at += 1;
    const ranges = /^[a-zA-Z]$/.test(character) ? ESCAPES[character.toLowerCase()] : undefined;
    if (ranges !== undefined) return { ranges, negated: /[A-Z]/.test(character), single: null };
    if (/[\p{L}\p{N}]/u.test(character)) {
      throw new PatternError(`\`\\${character}\` is not known here; \\d \\w \\s are`, where);
    }
    return { ranges: [[codeOf(character), codeOf(character)]], negated: false, single: character };
  }
}

interface Escape {
  ranges: readonly Range[];
  negated: boolean;
}

function moved(each: Step, by: number): Step {
  const place = (at: number) => (at >= 0 ? at + by : at);
  return { ...each, first: place(each.first), second: place(each.second) };
}

function escaped({ ranges, negated }: Escape): Matches {
  return (each) => isIn(each, ranges) !== negated;
}

/** A small letter is in a range of capitals, too. */
function isIn(character: string, ranges: readonly Range[]): boolean {
  const upper = character.toUpperCase();
  const codes = [codeOf(character), ...([...upper].length === 1 ? [codeOf(upper)] : [])];
  return ranges.some(([low, high]) => codes.some((code) => low <= code && code <= high));
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? -1;
}
