// The composer: shows the text as people would read it while it is written.
import "./segments.js";

const form = document.querySelector("[data-try]");
const tried = form.querySelector("[data-tried]");
const message = form.elements.namedItem("message");
const PAUSE = 350; // milliseconds after the last change
let timer;
let newest = 0;

async function look() {
  const mine = ++newest;
  const answer = await fetch(form.dataset.try, { method: "POST", body: new FormData(form) }).catch(() => null);
  if (answer?.ok && !answer.redirected && mine === newest) tried.innerHTML = await answer.text();
}

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(look, PAUSE);
});

form.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.insert) {
    event.preventDefault();
    message.setRangeText(button.dataset.insert, message.selectionStart, message.selectionEnd, "end");
    message.focus();
    message.dispatchEvent(new Event("input", { bubbles: true }));
  } else if (button?.dataset.show) {
    event.preventDefault();
    form.elements.namedItem("contact").value = button.dataset.show;
    const label = button.textContent;
    await look();
    const same = [...tried.querySelectorAll("button")].find((each) => each.textContent === label && !each.disabled);
    (same ?? tried.querySelector("button:not(:disabled)"))?.focus();
  }
});

form.classList.add("scripted");
look(); // what was chosen before this ran, or what the browser remembered of a page that was left
