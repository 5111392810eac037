import { ClusterWorker } from 'phased-cluster';

class Polyglot extends ClusterWorker {
  _eventPrimaryRequest_language(): string {
    return `TypeScript: ${import.meta.url.endsWith('.ts')}`;
  }
}

new Polyglot();
