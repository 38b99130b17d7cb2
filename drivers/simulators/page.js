const seen = document.getElementById("seen"), said = document.getElementById("said");
let last = "";

async function look() {
  try {
    const now = (await (await fetch("/seen")).json()).seen;
    if (now !== last) {
      const held = document.activeElement.id;
      seen.innerHTML = last = now;
      if (held) document.getElementById(held)?.focus();
    }
    document.body.classList.remove("gone");
  } catch {
    document.body.classList.add("gone");
  }
}

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form, event.submitter)) });
    said.textContent = answer.ok ? "" : await answer.text();
    if (answer.ok) form.querySelector("input")?.select();
  } catch {
    document.body.classList.add("gone");
  }
  look();
});

async function keepLooking() {
  await look();
  setTimeout(keepLooking, document.hidden ? 2000 : 400);
}
keepLooking();
