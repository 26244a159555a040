// spawn — the only place where this page makes workers, and the one Trusted Types policy it does so under.
import explorerUrl from '../worker/explorer.worker.ts?worker&url';
import engineUrl from '../worker/main.worker.ts?worker&url';
import probeUrl from '../worker/probe.worker.ts?worker&url';

const known: ReadonlySet<string> = new Set([engineUrl, explorerUrl, probeUrl]);

const policy = window.trustedTypes?.createPolicy('sluice', {
  createScriptURL(url: string) {
    if (known.has(url)) return url;
    throw new TypeError(`not one of this page's workers: ${url}`);
  },
});

function spawn(url: string, name: string): Worker {
  return new Worker((policy?.createScriptURL(url) ?? url) as string, {type: 'module', name});
}

export function spawnEngine(): Worker {
  return spawn(engineUrl, 'sluice-engine');
}

export function spawnProbe(): Worker {
  return spawn(probeUrl, 'sluice-probe');
}

export function spawnExplorer(): Worker {
  return spawn(explorerUrl, 'sluice-explorer');
}
