"use strict";
// Shows the causes that have every word of the box; without a script the box is not there, and all of them are.
const box = document.getElementById("filter");
const causes = [...document.querySelectorAll(".cause")];
const texts = causes.map((cause) => cause.textContent.toLowerCase());
const filter = () => {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  causes.forEach((cause, at) => { cause.hidden = !words.every((word) => texts[at].includes(word)); });
  const shown = causes.filter((cause) => !cause.hidden).length;
  document.getElementById("shown").textContent = words.length ? `${shown} of ${causes.length} shown` : "";
};
box.addEventListener("input", filter);
// A link to a cause that is filtered out leads there all the same.
window.addEventListener("hashchange", () => {
  const there = document.getElementById(location.hash.slice(1));
  if (there && there.hidden) { box.value = ""; filter(); there.scrollIntoView(); }
});
box.closest(".filter").hidden = false;
filter(); // a browser may keep what was in the box
