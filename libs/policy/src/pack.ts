import type { Stage, Text } from '#libs/contracts';
import type { LocalDate } from './local-date';
import { mergeValues, Layer, Loosened } from './merge';
import type { PackFile } from './pack-file';
import type { RuleInForce, Setting } from './setting';
import { Change, ConditionSet, ParameterName, parameterOf, parameters, ValueOf } from './parameters';

/** Thrown for a parameter that no rule declares: a fault of the program, not of a pack. */
export class UnknownParameter extends Error {
  constructor(name: string) {
    super(`There is no parameter "${name}"; parameters are declared in libs/policy/src/parameters.ts`);
    this.name = 'UnknownParameter';
  }
}

/** A pack is shared by everybody in the process, so nobody may write into it. */
const frozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
};

/** The law as one line has it: the nearest pack with all packs it rests on. Immutable. */
export class Pack {
  /** Id to keep with a case: `policy.pack(id)` gives this very pack again. */
  readonly id: string;
  readonly title: Text;
  readonly document: string;
  readonly trial: boolean;
  readonly invented?: string;
  readonly from: LocalDate;
  readonly fromAssumed?: string;
  readonly to?: LocalDate;
  readonly place?: string;
  /** Lines, nearest first: `['guizhou', 'national', 'principles']`. */
  readonly lines: readonly string[];
  /** Ids of the packs behind it, nearest first. */
  readonly chain: readonly string[];

  private readonly rules = new Map<string, RuleInForce>();
  private readonly settings = new Map<string, Setting>();

  /** @throws Loosened when a nearer pack loosens a limit of one further up and the chain has the rule against it. */
  constructor(
    id: string,
    private readonly files: readonly PackFile[],
  ) {
    const own = files[0];
    this.id = id;
    this.title = own.title;
    this.document = own.document;
    this.trial = own.trial ?? false;
    this.invented = own.invented;
    this.from = own.from;
    this.fromAssumed = own.fromAssumed;
    this.to = own.to;
    this.place = own.place;
    this.lines = files.map((file) => file.line);
    this.chain = files.map((file) => file.id);
    for (const file of [...files].reverse())
      for (const [rule, entry] of Object.entries(file.rules)) {
        const above = this.rules.get(rule);
        if (above)
          throw new Loosened(`rule ${rule} stands already in ${above.citation.pack}: a rule has one article per chain`);
        this.rules.set(rule, {
          strength: entry.strength,
          citation: {
            rule,
            pack: file.id,
            document: entry.document ? (file.documents?.[entry.document] ?? file.document) : file.document,
            article: entry.article,
          },
        });
      }
    for (const name of Object.keys(parameters)) this.settings.set(name, frozen(this.merge(name as ParameterName)));
  }

  /** The value that rules read. A parameter without a value is not configured. */
  setting<N extends ParameterName>(name: N): Setting<ValueOf<N>>;
  setting<T>(name: ParameterName): Setting<T>;
  setting(name: string): Setting {
    const setting = this.settings.get(name);
    if (!setting) throw new UnknownParameter(name);
    return setting;
  }

  /** Every parameter with its value or the lack of it: what an office sees of the law that it works under. */
  allSettings(): Setting[] {
    return [...this.settings.values()];
  }

  /** A rule by its catalogue id; undefined when no pack of this chain has it. */
  rule(id: string): RuleInForce | undefined {
    return this.rules.get(id);
  }

  /** All rules in force, by id. */
  rulesInForce(): ReadonlyMap<string, RuleInForce> {
    return this.rules;
  }

  /** What a kind of change asks for at a stage (NAT-SC4); an empty cell is not configured. */
  conditions(stage: Stage, change: Change): Setting<ConditionSet[]> {
    const setting = this.setting(`conditions.${stage}.${change}`);
    const nobodySays = !setting.configured && !setting.citation;
    return nobodySays ? { ...setting, citation: this.rules.get('NAT-SC4')?.citation } : setting;
  }

  private merge(name: ParameterName): Setting {
    const parameter = parameterOf(name)!;
    const layers: Layer[] = this.files
      .filter((file) => Object.hasOwn(file.values, name))
      .map((file) => {
        const entry = file.values[name];
        const rule = this.rules.get(entry.rule)!;
        return { entry, citation: rule.citation, strength: rule.strength };
      });
    return mergeValues(name, parameter, layers, (rule) => this.rules.get(rule));
  }
}
