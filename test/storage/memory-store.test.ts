import { MemoryStore } from '../../lib/storage/memory-store.js';
import { storeContract } from './store-contract.js';

storeContract('MemoryStore', () => ({ store: new MemoryStore() }));
