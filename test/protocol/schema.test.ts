import { expect } from 'chai';
import { describe, it } from 'mocha';
import * as v from 'valibot';
import { z } from 'zod';
import { MessageValidationError } from '../../lib/errors/errors.js';
import type { Protocol } from '../../lib/protocol/protocol.js';
import { requestSchemas, type SchemaTable, schemaTable, validate } from '../../lib/protocol/schema.js';
import type { StandardSchema } from '../../lib/protocol/standard-schema.js';
import { schemaLibraries } from '../support/schema-libraries.js';

const where = { section: 'workerMessage', type: 'plated' } as const;

function refusal(schema: StandardSchema, value: unknown): MessageValidationError {
  try {
    validate(schema, value, where);
  } catch (error) {
    if (error instanceof MessageValidationError) return error;
    throw error;
  }
  throw new Error('The value was accepted');
}

function schemaThat(result: () => unknown): StandardSchema {
  // The shape of the result is what the tests below vary, so it is not typed.
  return { '~standard': { version: 1, vendor: 'test', validate: result as StandardSchema['~standard']['validate'] } };
}

describe('validate', () => {
  for (const [library, { amount, word, items }] of Object.entries(schemaLibraries)) {
    it(`returns what the schema makes of the value (${library})`, () => {
      const value = { type: 'amount', number: 4, more: true };

      expect(validate(amount, value, where)).to.deep.equal({ type: 'amount', number: 4, unit: 'g' });
      expect(validate(word, ' soup ', where)).to.equal('soup');
    });

    it(`names section, type and place of what does not fit (${library})`, () => {
      const { message, details } = refusal(items, { items: [{ price: 1 }, { price: 'free' }, {}] });

      expect(message).to.match(/^A `plated` in `workerMessage` does not fit its schema at `items\.1\.price`: \w+/);
      expect(details).to.include(where);
      expect(details.issues.map(({ path }) => path)).to.deep.equal([
        ['items', '1', 'price'],
        ['items', '2', 'price'],
      ]);
    });
  }

  it('refuses an asynchronous schema of valibot, too', () => {
    const schema = v.pipeAsync(
      v.string(),
      v.checkAsync(async () => true),
    );

    expect(refusal(schema, 'x').message).to.include('asynchronous');
  });

  it('turns issues into plain data', () => {
    const schema = schemaThat(() => ({ issues: [{ message: 'no', path: [{ key: 'a' }, 0, Symbol('s')] }] }));

    expect(refusal(schema, {}).details.issues).to.deep.equal([{ message: 'no', path: ['a', '0', 'Symbol(s)'] }]);
  });

  it('names no place when the message as a whole does not fit', () => {
    expect(refusal(z.string(), 5).message).to.match(/^A `plated` in `workerMessage` does not fit its schema: /);
  });

  it('survives a schema that gives no reason', () => {
    expect(
      refusal(
        schemaThat(() => ({ issues: [] })),
        5,
      ).message,
    ).to.include('no reason given');
  });

  it('reports a limited number of issues', () => {
    const issues = refusal(z.array(z.string()), new Array(1_000).fill(5)).details.issues;

    expect(issues).to.have.lengthOf(20);
  });

  it('refuses an asynchronous schema, because order could not be kept', () => {
    const schema = z.string().refine(async () => true);

    const rejected = schemaThat(() => Promise.reject(new Error('nobody sees this')));
    const accepted = schemaThat(() => Promise.resolve({ value: 1 }));

    expect(refusal(rejected, 'x').message).to.include('asynchronous');
    expect(refusal(accepted, 'x').message).to.include('asynchronous');
    expect(() => validate(schema, 'x', where)).to.throw(MessageValidationError);
  });

  it('turns what a schema throws into the cause', () => {
    const bug = new TypeError('a bug');

    const error = refusal(
      schemaThat(() => {
        throw bug;
      }),
      'x',
    );

    expect(error.cause).to.equal(bug);
  });
});

describe('requestSchemas', () => {
  it('takes a single schema as that of the payload', () => {
    const schema = z.string();

    expect(requestSchemas(schema)).to.deep.equal({ payload: schema });
  });

  it('takes a schema of each way', () => {
    const both = { payload: z.string(), reply: z.number() };

    expect(requestSchemas(both)).to.equal(both);
  });

  it('is empty without schemas', () => {
    expect(requestSchemas(undefined)).to.deep.equal({});
  });

  it('fits the entries of a table', () => {
    interface Kitchen extends Protocol {
      workerMessage: { plated: { table: number } };
      workerRequest: { pantry(item: { name: string }): { left: number } };
    }
    const table: SchemaTable<Kitchen> = {
      workerMessage: { plated: z.object({ table: z.number() }) },
      workerRequest: { pantry: { reply: v.object({ left: v.number() }) } },
    };

    expect(requestSchemas(table.workerRequest?.pantry)).to.have.keys('reply');
  });
});

describe('schemaTable', () => {
  const schema = z.object({});

  it('takes schemas of messages and requests, functions among them', () => {
    const callable = Object.assign(
      () => {},
      schemaThat(() => ({ value: 1 })),
    );
    const tables = [
      {},
      { workerMessage: { plated: schema, cooked: undefined }, peerMessage: undefined },
      { primaryMessage: { cook: callable } },
      { workerRequest: { pantry: schema, menu: { payload: schema }, wine: { payload: schema, reply: callable } } },
    ];

    expect(tables.filter(table => !schemaTable.accepts(table))).to.deep.equal([]);
  });

  it('refuses what would validate nothing', () => {
    const tables = [
      [schema],
      { workerMesage: { plated: schema } },
      { workerMessage: schema },
      { workerMessage: { plated: {} } },
      { workerMessage: { plated: { payload: schema } } },
      { workerRequest: { pantry: { paylod: schema } } },
      { workerRequest: { pantry: 'schema' } },
    ];

    expect(tables.filter(table => schemaTable.accepts(table))).to.deep.equal([]);
  });
});
