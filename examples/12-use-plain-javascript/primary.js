import { ClusterPrimary } from 'phased-cluster';

class HeadChef extends ClusterPrimary {
  _eventWorkerRequest_pantry({ data: { message } }) {
    return { left: message.name === 'salt' ? 3 : 0 };
  }
}

const chef = new HeadChef({ workerCount: 1, workerScript: new URL('./worker.js', import.meta.url) });
try {
  await chef.ready;

  console.log(await chef.request({ message: { type: 'cook', dish: 'soup' } }));
  console.log(await chef.request({ message: { type: 'taste' } }).catch(error => error.code));
} finally {
  await chef.destroy();
}
