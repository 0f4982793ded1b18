// Counts while a rule is put together, and hides what a condition does not need.

const form = document.querySelector("[data-count]");
const counted = form.querySelector("[data-counted]");
const PAUSE = 400; // milliseconds after the last change
let timer;
let newest = 0;

function tidy() {
  for (const row of form.querySelectorAll(".condition")) {
    const [what, how] = row.querySelectorAll("select");
    const [field, value] = row.querySelectorAll("input");
    field.hidden = what.value !== "other";
    value.hidden = ["known", "unknown"].includes(how.value);
    if (what.value === "list") value.setAttribute("list", "list-names");
    else value.removeAttribute("list");
    value.placeholder = { list: "name of a list", tag: "a tag" }[what.value] ?? "";
  }
}

async function show(url, options) {
  const mine = ++newest;
  const answer = await fetch(url, options).catch(() => null);
  if (answer?.ok && !answer.redirected && mine === newest) counted.innerHTML = await answer.text();
}

const count = () => show(form.dataset.count, { method: "POST", body: new FormData(form) });

form.addEventListener("input", () => {
  tidy();
  clearTimeout(timer);
  if (form.querySelector(".condition")) timer = setTimeout(count, PAUSE);
});
tidy();
if (counted.dataset.later) show(counted.dataset.later);
