/** The engines as containers, for machines where a Docker daemon answers. Their ports are on this machine alone. */
import { createHash } from 'node:crypto';
import { run } from './fetching.mjs';
import { newClusterId } from './kafka.mjs';
import { mongo, newSetName } from './mongo.mjs';
import { freePort } from './own-process.mjs';
import { root, runDir } from './places.mjs';
import { composeSecretsDir, writeComposeSecrets } from './secrets.mjs';

const project = `xueji-${createHash('sha256').update(runDir).digest('hex').slice(0, 8)}`;

/** A daemon that hangs counts as one that does not answer. */
export async function composeAnswers() {
  try {
    await run('docker', ['info'], { patience: 5000 });
    await run('docker', ['compose', 'version'], { patience: 5000 });
    return true;
  } catch {
    return false;
  }
}

/**
 * Starts the containers of the named engines and waits until they are healthy.
 * @param {Record<string, object>} state by engine; ports and names are chosen once and stay
 */
export async function composeUp(names, state) {
  const taken = [];
  for (const name of names) {
    state[name].source = 'compose';
    taken.push((state[name].port ??= await freePort(taken)));
  }
  if (names.includes('mongo')) Object.assign(state.mongo, { setName: state.mongo.setName ?? newSetName(), member });
  if (names.includes('kafka')) state.kafka.clusterId ??= newClusterId();
  writeComposeSecrets(state.mongo.setName);
  await compose(['up', '--detach', '--wait', '--wait-timeout', '180', ...names], state);
  if (names.includes('mongo')) await mongo.initiate(state.mongo);
}

/** Takes the containers away; the volumes with their data stay. */
export const composeDown = (state) => compose(['down'], state);

const member = 'mongo:27017';

const compose = (args, state) =>
  run('docker', ['compose', '--project-name', project, ...args], {
    cwd: root,
    env: Object.fromEntries(
      Object.entries({
        XUEJI_SECRETS: composeSecretsDir(),
        XUEJI_MONGO_SET: state.mongo.setName,
        XUEJI_MONGO_PORT: state.mongo.port,
        XUEJI_KAFKA_PORT: state.kafka.port,
        XUEJI_KAFKA_CLUSTER: state.kafka.clusterId,
        XUEJI_REDIS_PORT: state.redis.port,
      }).filter(([, value]) => value !== undefined),
    ),
  });
