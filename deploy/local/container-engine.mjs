// A Docker engine (or one that speaks its API) through testcontainers, cut down to what the local stack needs.
const STACK_LABEL = 'io.tillstream.stack';

/** The engine that answers, or undefined; without one this takes milliseconds. */
export async function findEngine() {
  const testcontainers = await import('testcontainers');
  try {
    return engineOver(testcontainers, await testcontainers.getContainerRuntimeClient());
  } catch {
    return undefined;
  }
}

/**
 * `host`: where mapped ports are reached. `start(container)` resolves with the id once its line is in the log; `remove`
 * and `leftOver` deal in ids, because another process ends what this one began.
 */
export function engineOver({ GenericContainer, Wait }, { info, container: containers }) {
  return {
    host: info.containerRuntime.host,
    async start({ stack, image, ports, environment, ready, startupMs }) {
      const started = await new GenericContainer(image)
        .withEnvironment(environment)
        .withExposedPorts(...ports)
        .withLabels({ [STACK_LABEL]: stack })
        // The library's reaper would remove them when this process ends; the stack's own guard does it.
        .withAutoCleanup(false)
        .withWaitStrategy(Wait.forLogMessage(ready))
        .withStartupTimeout(startupMs)
        .start();
      return started.getId();
    },
    async remove(id) {
      try {
        await containers.getById(id).remove({ force: true, v: true });
      } catch (error) {
        // 404: gone already. 409: somebody else is removing it now.
        if (error.statusCode !== 404 && error.statusCode !== 409) throw error;
      }
    },
    async leftOver(stack) {
      const all = await containers.list();
      return all.filter(({ Labels }) => Labels[STACK_LABEL] === stack).map(({ Id }) => Id);
    },
  };
}
