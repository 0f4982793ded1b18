// How many segments a text takes, as app/domain/segments.py counts them; the tables come from there.

// A text as browsers send it: half of a pair becomes a mark.
const sendable = (text) => text.replace(/\p{Surrogate}/gu, "\ufffd");

export function counter(alphabet) {
  const basic = new Set(alphabet.basic);
  const extension = new Set(alphabet.extension);
  const replacement = (character) => (Object.hasOwn(alphabet.plain, character) ? alphabet.plain[character] : null);

  // Encoding, units, the units in each part, what still fits, and the characters that force Unicode.
  function count(given) {
    const characters = [...sendable(given)];
    if (!characters.length) return null;
    const culprits = [...new Set(characters.filter((each) => !basic.has(each) && !extension.has(each)))];
    const encoding = culprits.length ? "UCS-2" : "GSM-7";
    const width = encoding === "UCS-2" ? (each) => each.length : (each) => (extension.has(each) ? 2 : 1);
    const widths = characters.map(width);
    const units = widths.reduce((sum, each) => sum + each, 0);
    const single = alphabet.single[encoding];
    const joined = alphabet.joined[encoding];
    const parts = units <= single ? [units] : packed(widths, joined);
    const remaining = (units <= single ? single : joined) - parts.at(-1);
    return { encoding, units, segments: parts.length, parts, remaining, culprits };
  }

  const plain = (given) => [...sendable(given)].map((each) => replacement(each) ?? each).join("");

  // Segments once every culprit is replaced; as many as before where one of them cannot be.
  function after(given) {
    const now = count(given);
    const text = plain(given);
    const possible = now.culprits.length && now.culprits.every((each) => replacement(each) !== null) && text;
    return possible ? Math.min(count(text).segments, now.segments) : now.segments;
  }

  return { count, plain, after, replacement };
}

// A character of two units that does not fit starts the next part.
function packed(widths, limit) {
  const parts = [0];
  for (const width of widths) {
    if (parts.at(-1) + width > limit) parts.push(0);
    parts[parts.length - 1] += width;
  }
  return parts;
}

const SHOWN = { "": "nothing", " ": "a space", "\n": "a line break" };

function item(character, name, replacement) {
  const row = document.createElement("li");
  const sign = document.createElement("span");
  sign.className = "costly";
  sign.textContent = character;
  row.append(sign, ` ${name}`);
  if (replacement !== null) row.append(` → ${SHOWN[replacement] ?? replacement}`);
  return row;
}

// Shows beside a field what its text costs, and replaces what is costly on demand.
export function follow(box) {
  const alphabet = JSON.parse(box.dataset.alphabet);
  const counts = counter(alphabet);
  const area = document.getElementById(box.dataset.counter);
  const [sum, costly, list, button] = [".counter-sum", ".counter-costly", "ul", "[data-plain]"].map((each) => box.querySelector(each));
  const named = (each) => alphabet.names[each] ?? `U+${each.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;

  function show() {
    const now = counts.count(area.value);
    costly.hidden = !now?.culprits.length;
    if (!now) {
      sum.textContent = "Nothing is written yet.";
      return;
    }
    const bold = document.createElement("strong");
    bold.textContent = `${now.segments} segment${now.segments === 1 ? "" : "s"}`;
    const filled = /\{[{%]/.test(area.value) ? " · as it is written here; with values filled in, see the phone" : "";
    sum.replaceChildren(bold, ` · ${now.units} units of ${now.encoding} · room for ${now.remaining} more${filled}`);
    list.replaceChildren(...now.culprits.map((each) => item(each, named(each), counts.replacement(each))));
    button.hidden = now.culprits.every((each) => counts.replacement(each) === null);
    const after = counts.after(area.value);
    button.textContent = `Replace what can be${after < now.segments ? `: ${now.segments} become ${after}` : ""}`;
  }

  area.addEventListener("input", show);
  button.addEventListener("click", (event) => {
    event.preventDefault();
    area.value = counts.plain(area.value);
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
  });
  show();
}

for (const box of document.querySelectorAll("[data-counter]")) follow(box);
