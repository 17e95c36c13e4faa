// The shell's behaviour: navigation, menus, theme, copying, questions before something is undone.
const texts = JSON.parse(document.getElementById('texts').textContent);
/** Returns a text of the page's language by its key. */
window.t = (key, values = {}) =>
  (texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

document.addEventListener('alpine:init', () => {
  const { Alpine } = window;
  Alpine.data('shell', () => ({
    open: false,
    get navClass() { return this.open ? 'nav-open' : ''; },
    get expanded() { return String(this.open); },
    toggle() {
      this.open = !this.open;
      if (this.open) this.$nextTick(() => document.querySelector('.side nav a')?.focus());
    },
    close() { this.open = false; },
  }));
  Alpine.data('menu', () => ({
    open: false,
    get expanded() { return String(this.open); },
    toggle() { this.open = !this.open; },
    close() { this.open = false; },
  }));
});

function say(words) {
  const toast = document.createElement('div');
  toast.className = 'toast-line';
  toast.textContent = words;
  document.getElementById('toasts')?.append(toast);
  setTimeout(() => toast.remove(), 3500);
}

// The navigation is longer than the window: the part one is in must not lie out of sight.
function showWhereOneIs() {
  const side = document.querySelector('.side-in');
  const here = side?.querySelector('nav a[aria-current]');
  if (!here) return;
  const top = here.getBoundingClientRect().top - side.getBoundingClientRect().top;
  if (top + here.offsetHeight > side.clientHeight) side.scrollTop = top - side.clientHeight / 2;
}
showWhereOneIs();

function switchTheme() {
  const root = document.documentElement;
  const theme = root.dataset.bsTheme === 'dark' ? 'light' : 'dark';
  root.dataset.bsTheme = theme;
  document.cookie = `huiliu_theme=${theme}; path=/; max-age=31536000; samesite=lax`;
  document.dispatchEvent(new CustomEvent('huiliu:theme', { detail: theme }));
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
    say(window.t('copied'));
  } catch {
    source.select?.();
    say(window.t('copy_failed'));
  }
}

document.addEventListener('click', (event) => {
  if (event.target.closest('[data-theme-switch]')) switchTheme();
  const copying = event.target.closest('[data-copy]');
  if (copying) copy(copying);
  const shown = event.target.closest('[data-show-password]');
  if (shown) {
    const field = document.getElementById(shown.dataset.showPassword);
    const hidden = field.type === 'password';
    field.type = hidden ? 'text' : 'password';
    shown.setAttribute('aria-pressed', String(hidden));
  }
  const row = event.target.closest('tr[data-to]');
  if (row && !event.target.closest('a, button, input, label') && !getSelection().toString()) {
    location.assign(row.dataset.to);
  }
});

document.addEventListener('submit', (event) => {
  const question = event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
  else event.target.querySelector('button[type=submit]')?.classList.add('is-busy');
});

document.addEventListener('change', (event) => {
  if (event.target.closest('[data-submit-on-change]')) event.target.form.requestSubmit();
});

// A figure that polls in the background and cannot reach the server says so instead of lying still.
document.addEventListener('htmx:error', () => document.body.classList.add('is-offline'));
document.addEventListener('htmx:after:swap', () => document.body.classList.remove('is-offline'));
