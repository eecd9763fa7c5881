"use strict";
(() => {
  const form = document.getElementById("filter");
  if (!form) return;
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const published = read("cells");
  const words = read("filter-words");
  const wave = document.getElementById("filter-wave");
  const choices = [...form.querySelectorAll("select[data-group-by]")];
  const status = document.getElementById("filter-status");
  const cells = [...document.querySelectorAll("[data-cell]")].map((cell) => {
    const value = cell.querySelector(".v");
    const beside = [...cell.querySelectorAll(".s")];
    const bar = [...cell.classList].find((name) => /^b\d+$/.test(name)) || "";
    return { cell, value, beside, bar, number: Number(cell.dataset.cell), texts: [value.textContent, ...beside.map((line) => line.textContent)] };
  });
  const chosen = () => choices.filter((choice) => choice.value);
  const label = (select) => select.options[select.selectedIndex].textContent.trim();

  const showWave = (name) => {
    for (const part of document.querySelectorAll("[data-wave]")) {
      const other = Boolean(name) && part.dataset.wave !== name && words.waves.includes(part.dataset.wave);
      part.hidden = other;
      if (part.tagName === "DETAILS" && part.parentElement.querySelector(":scope > [data-latest]")) part.open = Boolean(name) && !other;
    }
  };
  const barOf = (text) => {
    const percent = /%/.test(text) ? parseFloat(text.replace(/[^\d.,]/g, "").replace(",", ".")) : NaN;
    return Number.isNaN(percent) ? "" : `b${Math.round(percent / 5)}`;
  };
  const showGroup = (texts) => {
    for (const one of cells) {
      const [text, ...beside] = texts ? (texts[one.number] || words.unknown).split("\t") : one.texts;
      one.value.textContent = text;
      one.beside.forEach((line, place) => { line.textContent = beside[place] || ""; });
      if (one.cell.classList.contains("bar")) {
        one.cell.className = `bar ${texts ? barOf(text) : one.bar}`.trim();
      }
    }
  };
  const apply = (changed) => {
    let message = "";
    const find = () => {
      const names = chosen();
      const groups = published[names.map((choice) => choice.dataset.groupBy).join("|")] || {};
      return groups[names.map((choice) => choice.value).join("|")];
    };
    if (chosen().length > 1 && !find()) {
      for (const choice of choices) if (choice !== changed) choice.value = "";
      message = `${words.one_group} `;
    }
    const texts = chosen().length ? find() : null;
    showGroup(texts);
    showWave(wave ? wave.value : "");
    const groups = chosen().map(label);
    const what = [wave && wave.value, ...groups].filter(Boolean).join(", ");
    status.textContent = message + (what ? words.showing.replace("{what}", what) : words.showing_all);
    for (const tag of document.querySelectorAll("[data-tag]")) {
      tag.hidden = !groups.length;
      tag.textContent = words.tag.replace("{what}", groups.join(", "));
    }
  };
  form.hidden = false;
  form.addEventListener("change", (event) => apply(event.target));
  form.addEventListener("reset", () => setTimeout(() => apply(null)));
  form.addEventListener("submit", (event) => event.preventDefault());
})();
(() => {
  const narrow = matchMedia("(max-width: 61.99rem)");
  const folds = [...document.querySelectorAll(".side-fold")];
  const fit = () => folds.forEach((fold) => { fold.open = !narrow.matches; });
  fit();
  narrow.addEventListener("change", fit);
  const reach = () => {
    for (const box of document.querySelectorAll(".scroll")) box.tabIndex = box.scrollWidth > box.clientWidth ? 0 : -1;
  };
  reach();
  addEventListener("resize", reach);
  document.addEventListener("toggle", reach, true);
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let part = target; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
    if (target) target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();
})();
