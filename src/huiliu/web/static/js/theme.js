// Sets the theme before the first paint; the server does it where the reader has chosen one.
(() => {
  const root = document.documentElement;
  if (!root.hasAttribute('data-theme-chosen')) {
    root.dataset.bsTheme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  }
})();
