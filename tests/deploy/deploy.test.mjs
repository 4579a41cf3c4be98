// What the manifests promise, checked on the rendered objects.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { BUILD_DIR, ROOT } from '../e2e/support/paths.mjs';
import { build, podsOf } from './kustomize.mjs';

const SERVICES = ['bank', 'scoring', 'reporting'];
const objects = build(path.join(ROOT, 'deploy/overlays/dev'));
const of = (kind) => objects.filter((object) => object.kind === kind);
const named = (kind, name) => {
  const found = of(kind).filter((object) => object.metadata.name === name);
  assert.equal(found.length, 1, `${kind} ${name}`);
  return found[0];
};
const pods = objects.flatMap((object) => podsOf(object).map((pod) => ({ name: `${object.kind} ${object.metadata.name}`, ...pod })));

// Every flag of a service with the environment variable that stands in for it, from the binary's own help.
function environmentOf(service) {
  const help = execFileSync(path.join(BUILD_DIR, `bin/assay-${service}`), ['--help'], { encoding: 'utf8' });
  return new Set([...help.matchAll(/\(Env:(ASSAY_[A-Z_]+)\)/g)].map((match) => match[1]));
}

for (const service of SERVICES) {
  describe(service, () => {
    const deployment = named('Deployment', `assay-${service}`);
    const [container] = deployment.spec.template.spec.containers;
    const job = named('Job', `assay-${service}-migrate`);

    test('is probed over gRPC: liveness of the process, readiness of the service', () => {
      const port = container.ports.find((one) => one.name === 'grpc').containerPort;
      assert.deepEqual(container.startupProbe.grpc, { port, service: 'liveness' });
      assert.deepEqual(container.livenessProbe.grpc, { port, service: 'liveness' });
      assert.deepEqual(container.readinessProbe.grpc, { port, service: `assay.${service}.v1` });
    });

    test('is set by variables that the binary knows', () => {
      const known = environmentOf(service);
      const used = [...container.env, ...job.spec.template.spec.containers[0].env].map((one) => one.name);
      assert.deepEqual(used.filter((name) => !known.has(name)), [], [...known].join(' '));
    });

    test('listens where it is probed and scraped', () => {
      const value = (name) => container.env.find((one) => one.name === `ASSAY_${service.toUpperCase()}_${name}`)?.value;
      const port = (name) => container.ports.find((one) => one.name === name).containerPort;
      assert.equal(value('LISTEN'), `0.0.0.0:${port('grpc')}`);
      assert.equal(value('METRICS_LISTEN'), `0.0.0.0:${port('metrics')}`);
    });

    test('has the time to drain that it takes', () => {
      const help = execFileSync(path.join(BUILD_DIR, `bin/assay-${service}`), ['--help'], { encoding: 'utf8' });
      const standard = (flag) => Number(help.match(new RegExp(`--${flag} INT=(\\d+)`))[1]);
      const margin = deployment.spec.template.spec.terminationGracePeriodSeconds - standard('drain-seconds') - standard('fail-detect-seconds');
      assert.ok(margin > 5, `${margin} s`);
      assert.equal(container.lifecycle?.preStop, undefined, 'the binary waits by itself');
    });

    test('keeps its schema by a job of the same image and the owner’s secret, which the service never sees', () => {
      const migrate = job.spec.template.spec;
      assert.equal(migrate.containers[0].image, container.image);
      assert.deepEqual(migrate.containers[0].args, ['migrate']);
      assert.deepEqual(container.args, ['serve']);
      const secrets = (pod) => (pod.volumes ?? []).map((volume) => volume.secret?.secretName).filter(Boolean);
      assert.deepEqual(secrets(migrate), [`assay-${service}-migrate`]);
      assert.deepEqual(secrets(deployment.spec.template.spec), [`assay-${service}`]);
    });

    test('is reached by a balanced and a headless Service that select its pods', () => {
      for (const [name, headless] of [[`assay-${service}`, false], [`assay-${service}-headless`, true]]) {
        const entry = named('Service', name);
        assert.equal(entry.spec.clusterIP === 'None', headless, name);
        const labels = deployment.spec.template.metadata.labels;
        for (const [key, value] of Object.entries(entry.spec.selector)) assert.equal(labels[key], value, name);
        for (const port of entry.spec.ports) assert.ok(container.ports.some((one) => one.name === port.targetPort), `${name}: ${port.targetPort}`);
      }
      for (const [key, value] of Object.entries(deployment.spec.selector.matchLabels)) assert.equal(deployment.spec.template.metadata.labels[key], value);
    });

    test('is built by a target of the image definition', () => {
      const dockerfile = fs.readFileSync(path.join(ROOT, 'deploy/images/Dockerfile'), 'utf8');
      assert.match(dockerfile, new RegExp(`^FROM base AS ${service}$`, 'm'));
      const version = fs.readFileSync(path.join(ROOT, 'CMakeLists.txt'), 'utf8').match(/project\(assay VERSION ([\d.]+)/)[1];
      assert.equal(container.image, `assay-${service}:${version}`);
    });
  });
}

test('the dev overlay is the base and a PostgreSQL, one replica each', () => {
  assert.deepEqual(of('Deployment').map((one) => [one.metadata.name, one.spec.replicas]).sort(), SERVICES.map((one) => [`assay-${one}`, 1]).sort());
  assert.deepEqual(of('StatefulSet').map((one) => one.metadata.name), ['assay-dev-postgres']);
  assert.equal(new Set(objects.filter((one) => one.kind !== 'Namespace').map((one) => one.metadata.namespace)).size, 1);
  const names = objects.map((one) => `${one.kind} ${one.metadata.name}`);
  assert.equal(new Set(names).size, names.length, 'two objects of one name');
});

test('the namespace admits restricted pods only', () => {
  assert.equal(of('Namespace')[0].metadata.labels['pod-security.kubernetes.io/enforce'], 'restricted');
});

test('every pod is restricted: no root, no privilege, no capability, no token', () => {
  for (const { name, spec } of pods) {
    assert.equal(spec.securityContext.runAsNonRoot, true, name);
    assert.equal(spec.securityContext.seccompProfile.type, 'RuntimeDefault', name);
    assert.equal(spec.automountServiceAccountToken, false, name);
    for (const container of spec.containers) {
      assert.equal(container.securityContext.allowPrivilegeEscalation, false, name);
      assert.deepEqual(container.securityContext.capabilities.drop, ['ALL'], name);
      if (container.image.startsWith('assay-')) assert.equal(container.securityContext.readOnlyRootFilesystem, true, name);
      assert.ok(container.resources.requests.memory && container.resources.limits.memory, name);
    }
  }
});

test('secrets of the services are files, never variables, and every file that is named is mounted', () => {
  for (const { name, spec } of pods.filter((pod) => pod.spec.containers[0].image.startsWith('assay-'))) {
    const [container] = spec.containers;
    assert.equal(container.envFrom, undefined, name);
    for (const variable of container.env ?? []) {
      assert.equal(variable.valueFrom, undefined, `${name} ${variable.name}`);
      assert.doesNotMatch(variable.value, /password=|BEGIN .*KEY/, `${name} ${variable.name}`);
      if (!variable.name.endsWith('_FILE')) continue;
      const mount = container.volumeMounts.find((one) => variable.value.startsWith(`${one.mountPath}/`));
      assert.ok(mount?.readOnly, `${name}: ${variable.value} is mounted nowhere`);
      const volume = spec.volumes.find((one) => one.name === mount.name);
      const source = volume.secret ? named('Secret', volume.secret.secretName) : named('ConfigMap', volume.configMap.name);
      const key = path.basename(variable.value);
      assert.ok(key in source.data, `${name}: ${source.metadata.name} has no ${key}`);
      // A file that is open to others is refused by the services. The mode is written in octal, as YAML 1.1 reads it.
      if (volume.secret) assert.equal(parseInt(String(volume.secret.defaultMode), 8) & 0o37, 0, name);
    }
  }
});

test('one sealing secret serves the three, because reporting reads the cursors of the others', () => {
  assert.equal(new Set(SERVICES.map((service) => named('Secret', `assay-${service}`).data['sealing-secret'])).size, 1);
});

test('services call each other where they are', () => {
  for (const [caller, callees] of [['scoring', ['bank']], ['reporting', ['bank', 'scoring']]]) {
    const { env } = named('Deployment', `assay-${caller}`).spec.template.spec.containers[0];
    for (const callee of callees) {
      const address = env.find((one) => one.name === `ASSAY_${caller.toUpperCase()}_${callee.toUpperCase()}`).value;
      const [, host, port] = address.match(/^dns:\/\/\/([a-z-]+):(\d+)$/);
      assert.ok(named('Service', host).spec.ports.some((one) => one.port === Number(port)), address);
    }
  }
});

test('the pools of all replicas fit into the database, also while one more is rolled in', () => {
  const connections = Number(named('StatefulSet', 'assay-dev-postgres').spec.template.spec.containers[0].args.join(' ').match(/max_connections=(\d+)/)[1]);
  let wanted = 0;
  for (const deployment of of('Deployment')) {
    const help = execFileSync(path.join(BUILD_DIR, `bin/${deployment.metadata.name}`), ['--help'], { encoding: 'utf8' });
    const standard = (flag) => Number(help.match(new RegExp(`--${flag} INT=(\\d+)`))[1]);
    // And a connection each for notifications and for leadership.
    wanted += (deployment.spec.replicas + deployment.spec.strategy.rollingUpdate.maxSurge) * (standard('pool-size') + standard('feed-pool-size') + 2);
  }
  const reserved = 3;
  assert.ok(wanted <= connections - reserved, `${wanted} connections of ${connections}`);
});
