// Before the first paint: the theme this visitor chose here, if any; otherwise the system's.
try {
  const theme = localStorage.getItem("klieg.theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is closed to us: the system's theme it is.
}
