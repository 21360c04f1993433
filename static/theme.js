// Before the first paint, so that a stored theme never flashes the other one. The key is that of src/lib/ui/prefs/theme.svelte.ts.
(function () {
  try {
    const theme = localStorage.getItem('coldwire.theme');
    if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is closed to us: the system's theme holds.
  }
})();
