// As much of kustomize as the deployment uses: resources, components, generators, namespace, replicas, images.
import fs from 'node:fs';
import path from 'node:path';

import { load, loadAll } from '../e2e/support/yaml.mjs';

const KNOWN = new Set(['apiVersion', 'kind', 'namespace', 'resources', 'components', 'replicas', 'images', 'configMapGenerator', 'secretGenerator']);

function generated(kind, generator, folder) {
  const data = {};
  for (const literal of generator.literals ?? []) {
    const at = literal.indexOf('=');
    data[literal.slice(0, at)] = literal.slice(at + 1);
  }
  for (const entry of generator.files ?? []) {
    const [key, file] = entry.includes('=') ? entry.split('=') : [path.basename(entry), entry];
    data[key] = fs.readFileSync(path.join(folder, file), 'utf8');
  }
  return { apiVersion: 'v1', kind, metadata: { name: generator.name }, data };
}

// Every object of a kustomization. What it does not understand it refuses, so that nothing is checked by half.
export function build(folder) {
  const file = ['kustomization.yaml', 'kustomization.yml'].map((name) => path.join(folder, name)).find(fs.existsSync);
  if (!file) throw new Error(`${folder} has no kustomization.yaml`);
  const kustomization = load(fs.readFileSync(file, 'utf8'));
  for (const key of Object.keys(kustomization)) if (!KNOWN.has(key)) throw new Error(`${file}: ${key} is not understood here`);
  const objects = [];
  for (const resource of [...(kustomization.resources ?? []), ...(kustomization.components ?? [])]) {
    const place = path.join(folder, resource);
    if (fs.statSync(place).isDirectory()) objects.push(...build(place));
    else objects.push(...loadAll(fs.readFileSync(place, 'utf8')).filter(Boolean));
  }
  for (const generator of kustomization.configMapGenerator ?? []) objects.push(generated('ConfigMap', generator, folder));
  for (const generator of kustomization.secretGenerator ?? []) objects.push(generated('Secret', generator, folder));
  for (const object of objects) if (kustomization.namespace && object.kind !== 'Namespace') object.metadata.namespace = kustomization.namespace;
  for (const { name, count } of kustomization.replicas ?? []) {
    const target = objects.find((object) => object.kind === 'Deployment' && object.metadata.name === name);
    if (!target) throw new Error(`${file}: replicas of ${name}, which is not there`);
    target.spec.replicas = count;
  }
  for (const { name, newName, newTag } of kustomization.images ?? []) {
    const users = objects.flatMap(podsOf).flatMap((pod) => pod.spec.containers).filter((container) => container.image === name);
    if (users.length === 0) throw new Error(`${file}: image ${name} is used by nothing`);
    for (const container of users) container.image = `${newName ?? name}:${newTag}`;
  }
  return objects;
}

// Pod templates of an object.
export function podsOf(object) {
  return ['Deployment', 'StatefulSet', 'Job', 'DaemonSet'].includes(object.kind) ? [object.spec.template] : [];
}
