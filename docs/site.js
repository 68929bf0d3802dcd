// The window of the search has no name of its own.
document.querySelector(".md-search")?.setAttribute("aria-label", "Search");

// Tables: the head of each column, for phones; and what scrolls can be scrolled with the keyboard.
document$.subscribe(() => {
  for (const table of document.querySelectorAll(".md-typeset table:not([class])")) {
    const heads = [...table.querySelectorAll("thead th")].map((head) => head.textContent.trim());
    for (const row of table.querySelectorAll("tbody tr")) {
      [...row.cells].forEach((cell, column) => {
        if (column && heads[column]) cell.dataset.head = heads[column];
      });
    }
  }
  for (const part of document.querySelectorAll(".md-typeset__scrollwrap, .md-typeset pre > code, .highlight code")) {
    part.tabIndex = 0;
  }
});
