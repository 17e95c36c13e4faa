// Writes src/huiliu/web/static/vendor: third-party files, their versions, licences and sums.
// Run `npm ci && npm run vendor`; only when a version is raised.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, 'node_modules');
const out = join(here, '../src/huiliu/web/static/vendor');
const tests = join(here, '../tests/e2e/console/vendor');
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
mkdirSync(tests, { recursive: true });

const icons = readFileSync(join(here, 'icons.txt'), 'utf8').split('\n').map(s => s.trim()).filter(Boolean);
const symbols = icons.map(name => {
  const svg = readFileSync(join(modules, '@tabler/icons/icons/outline', `${name}.svg`), 'utf8');
  const body = svg.replace(/[\s\S]*?<svg[^>]*>/, '').replace('</svg>', '').replace(/\s*\n\s*/g, '');
  return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" `
    + `stroke-linecap="round" stroke-linejoin="round">${body}</symbol>`;
});
writeFileSync(join(out, 'icons.svg'),
  `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join('\n')}\n</svg>\n`);

await build({
  entryPoints: [join(here, 'flow_vendor.js')], bundle: true, format: 'esm', minify: true, target: 'es2022',
  define: { 'process.env.NODE_ENV': '"production"' }, legalComments: 'eof', outfile: join(out, 'flow.mjs'),
});
await build({
  entryPoints: [join(here, 'ec.js')], bundle: true, format: 'iife', globalName: 'echarts', minify: true,
  target: 'es2020', legalComments: 'eof', outfile: join(out, 'echarts.min.js'),
});
// Source maps stay behind: a browser would ask for them and find nothing.
const copies = {
  'htmx.min.js': 'htmx.org/dist/htmx.min.js',
  'alpine-csp.min.js': '@alpinejs/csp/dist/cdn.min.js',
  'tabler.min.css': '@tabler/core/dist/css/tabler.min.css',
  'flow.css': '@xyflow/react/dist/style.css',
};
for (const [to, from] of Object.entries(copies)) {
  const text = readFileSync(join(modules, from), 'utf8');
  writeFileSync(join(out, to), text.replace(/\n?\/[/*]# sourceMappingURL=[^\n]*/g, '').trimEnd() + '\n');
}
copyFileSync(join(modules, 'axe-core/axe.min.js'), join(tests, 'axe.min.js'));

const made = {
  'flow.mjs': ['react', 'react-dom', '@xyflow/react', '@xyflow/system', 'htm', '@dagrejs/dagre', 'zustand',
    'classcat', 'd3-drag', 'd3-zoom', 'd3-selection', 'scheduler', 'use-sync-external-store'],
  'echarts.min.js': ['echarts', 'zrender'],
  'htmx.min.js': ['htmx.org'], 'alpine-csp.min.js': ['@alpinejs/csp'], 'tabler.min.css': ['@tabler/core'],
  'flow.css': ['@xyflow/react'], 'icons.svg': ['@tabler/icons'],
};
const about = name => JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8'));
const sum = path => createHash('sha256').update(readFileSync(path)).digest('hex');
const list = Object.entries(made).map(([file, packages]) => ({
  file, sha256: sum(join(out, file)),
  packages: packages.map(name => ({ name, version: about(name).version, licence: about(name).license })),
}));
writeFileSync(join(out, 'VENDOR.json'), JSON.stringify(list, null, 2) + '\n');

const names = [...new Set(Object.values(made).flat())].sort();
const licences = names.map(name => {
  const folder = join(modules, name);
  const files = readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isFile() && /^(licen[cs]e|notice)/i.test(entry.name)).map(entry => entry.name).sort();
  const text = files.map(file => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n')
    || `Licensed under ${about(name).license}.`;
  return `${'='.repeat(79)}\n${name} ${about(name).version} (${about(name).license})\n${'='.repeat(79)}\n${text}\n`;
});
writeFileSync(join(out, 'LICENSES.txt'), licences.join('\n'));
if (!existsSync(join(modules, 'axe-core/LICENSE'))) throw new Error('axe-core has no licence file');
copyFileSync(join(modules, 'axe-core/LICENSE'), join(tests, 'axe-LICENSE.txt'));
