// js-yaml, for tests that live outside the folder of the npm packages.
export { load, loadAll } from 'js-yaml';
