import { expect } from 'chai';
import { describe, it } from 'mocha';
import { AddressTakenError } from '../../lib/errors/errors.js';
import { AddressBook, addressBook } from '../../lib/primary/address-book.js';

const web = { group: 'web' };
const api = { group: 'api' };
const address = '*:80';

describe('AddressBook', () => {
  it('refuses an address that another tenant has, and says whose it is', () => {
    const book = new AddressBook();
    book.add(web, address);

    expect(() => book.add(api, address))
      .to.throw(AddressTakenError, 'Group `api` cannot listen on *:80: group `web` does')
      .with.deep.property('details', { address, group: 'api', holder: 'web' });
  });

  it('lets a tenant have an address as often as it likes, until the last of its servers is gone', () => {
    const book = new AddressBook();
    book.add(web, address);
    book.add(web, address);

    book.remove(web, address);
    expect(book.otherThan(api, address)).to.equal(web);
    book.remove(web, address);

    expect(book.otherThan(api, address)).to.equal(undefined);
    book.add(api, address);
    expect(book.otherThan(web, address)).to.equal(api);
  });

  it('lets several have it when the one that comes asks for that', () => {
    const book = new AddressBook();
    book.add(web, address);
    book.add(api, address, { together: true });

    expect(book.otherThan(web, address)).to.equal(api);
    expect(book.otherThan(api, address)).to.equal(web);
    expect(() => book.add(web, address)).to.throw(AddressTakenError);
    book.remove(web, address);
    expect(book.otherThan(web, address)).to.equal(api);
  });

  it('keeps tenants of one name apart, as those of two primaries are', () => {
    const book = new AddressBook();
    book.add(web, address);

    expect(() => book.add({ group: 'web' }, address)).to.throw(AddressTakenError);
  });

  it('keeps addresses apart', () => {
    const book = new AddressBook();
    book.add(web, '*:80');
    book.add(api, '*:81');

    expect(book.otherThan(web, '*:80')).to.equal(undefined);
  });

  it('does not mind that what is not there is removed', () => {
    const book = new AddressBook();
    book.remove(web, address);
    book.add(api, address);
    book.remove(web, address);

    expect(book.otherThan(web, address)).to.equal(api);
  });

  it('is one for the whole process, too', () => {
    expect(addressBook).to.be.instanceOf(AddressBook);
  });
});
