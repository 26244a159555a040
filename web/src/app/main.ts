// main — the page: theme, engine, and the element that knows which page is asked for.
import {makeEngineClient} from '../client/make-client.js';
import {themes, type Theme} from '../protocol/settings.js';
import {catalogue} from '../state/catalogue.js';
import {applyTheme, storedTheme, storeTheme} from '../state/settings.js';
import {SluiceApp} from './sluice-app.js';

const asked = new URLSearchParams(location.search).get('theme') as Theme | null;
applyTheme(asked && themes.includes(asked) ? asked : storedTheme());

/** The theme in force, whoever chose it. */
const isDark = (): boolean => {
  const chosen = document.documentElement.dataset['theme'];
  return chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
};
document.querySelector('.theme')?.addEventListener('click', () => {
  const theme = isDark() ? 'light' : 'dark';
  applyTheme(theme);
  storeTheme(theme);
});

const app = new SluiceApp();
app.client = makeEngineClient();
app.catalogue = catalogue;
document.querySelector('main')?.replaceChildren(app);
