// Shows how far a file is on its way; without scripts the form does the same, but silently.

for (const form of document.querySelectorAll("[data-upload]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const [bar, failed] = ["[data-bar]", "[data-failed]"].map((each) => form.querySelector(each));
    const request = new XMLHttpRequest();
    const fail = () => {
      bar.hidden = true;
      failed.hidden = false;
      delete form.dataset.sent;
    };
    bar.hidden = false;
    failed.hidden = true;
    request.upload.addEventListener("progress", (sent) => {
      if (sent.lengthComputable) bar.querySelector("progress").value = sent.loaded / sent.total;
    });
    request.addEventListener("error", fail);
    request.addEventListener("load", () => {
      if (request.status === 200) return location.assign(request.responseURL);
      const told = new DOMParser().parseFromString(request.responseText, "text/html").querySelector("main");
      if (!told) return fail();
      const words = told.querySelector("#file-error, .lead");
      failed.textContent = words ? words.textContent : failed.textContent;
      fail();
    });
    request.open("POST", form.action);
    request.send(new FormData(form));
  });
}
