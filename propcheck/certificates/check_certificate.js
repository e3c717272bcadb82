/* Checks certificates in a browser: the design of check_certificate.py, written again, with whole numbers of any size.
   It asks nothing of the network. The sections are those of that page, which says what each is about. */
const certificates = (() => {
  const LONGEST = 6000, DEEPEST = 200, MOST_NODES = 3000, HIGHEST = 64, MOST_BITS = 4096, MOST_TERMS = 8;
  const MOST_WORK = 6000000;
  const LARGEST = 1n << BigInt(2 * MOST_BITS);
  class Refused extends Error {}
  class Unknown extends Refused {}
  const refuse = words => { throw new Refused(words); };
  const unknown = words => { throw new Unknown(words); };
  let left = MOST_WORK;
  const spend = amount => { if ((left -= amount) < 0) refuse("it takes more work than is allowed"); };

  // ---- whole numbers and fractions
  const abs = a => (a < 0n ? -a : a);
  const least = (...all) => all.reduce((a, b) => (a < b ? a : b));
  const most = (...all) => all.reduce((a, b) => (a > b ? a : b));
  const floor = (a, b) => { const q = a / b; return a % b !== 0n && (a < 0n) !== (b < 0n) ? q - 1n : q; };
  const ceil = (a, b) => -floor(-a, b);
  const gcd = (a, b) => { a = abs(a); b = abs(b); while (b) [a, b] = [b, a % b]; return a; };
  const bits = a => (a === 0n ? 0 : abs(a).toString(2).length);
  const isqrt = a => {
    if (a < 2n) return a;
    let x = 1n << BigInt((bits(a) + 1) >> 1);
    for (;;) { const y = (x + a / x) >> 1n; if (y >= x) return x; x = y; }
  };
  class Q {
    constructor(n, d = 1n) {
      if (d < 0n) [n, d] = [-n, -d];
      const g = d === 1n ? 1n : gcd(n, d);
      this.n = n / g; this.d = d / g;
    }
    plus(o) { return new Q(this.n * o.d + o.n * this.d, this.d * o.d); }
    times(o) { return new Q(this.n * o.n, this.d * o.d); }
    minus(o) { return this.plus(new Q(-o.n, o.d)); }
    over(o) { if (!o.n) unknown("a division by 0"); return new Q(this.n * o.d, this.d * o.n); }
    cmp(o) { const x = this.n * o.d, y = o.n * this.d; return x < y ? -1 : x > y ? 1 : 0; }
    is(k) { return this.d === 1n && this.n === BigInt(k); }
    get whole() { return this.d === 1n; }
    get floor() { return floor(this.n, this.d); }
    get abs() { return new Q(abs(this.n), this.d); }
    toString() { return this.d === 1n ? `${this.n}` : `${this.n}/${this.d}`; }
  }
  const q = (n, d = 1) => new Q(BigInt(n), BigInt(d));
  const power = (x, k) => (k >= 0n ? new Q(x.n ** k, x.d ** k) : new Q(x.d ** -k, x.n ** -k));
  const [Q0, Q1] = [q(0), q(1)];

  // ---- 1 reading
  let nodes = new Map();
  const isNode = part => part !== null && typeof part === "object" && "op" in part;
  const node = (op, ...args) => {
    const numbers = args.filter(part => isNode(part) && part.op === "num").map(part => part.args[0]);
    if ((op === "+" || op === "*") && numbers.length === 2) {
      args = [op === "+" ? numbers[0].plus(numbers[1]) : numbers[0].times(numbers[1])];
      op = "num";
    } else if (op === "pow") {
      const [u, r] = args;
      if (r.abs.cmp(q(HIGHEST)) > 0 || r.d > 1000000n) refuse("a power is too high");
      if (r.is(1)) return u;
      if (r.is(2) && (u.op === "sin" || u.op === "cos")) {
        const turn = node("cos", node("*", num(q(2)), u.args[0]));
        return node("*", num(q(1, 2)), u.op === "sin" ? minus(num(Q1), turn) : node("+", num(Q1), turn));
      }
      if (numbers.length && r.whole && (numbers[0].n || r.n > 0n)) { args = [power(numbers[0], r.n)]; op = "num"; }
    }
    if (op === "num" && (bits(args[0].n) > MOST_BITS || bits(args[0].d) > MOST_BITS)) refuse("a number is too long");
    const key = `${op} ${args.map(part => (isNode(part) ? part.id : `=${part}`)).join(" ")}`;
    if (!nodes.has(key)) {
      const inner = args.filter(isNode);
      const depth = 1 + Math.max(0, ...inner.map(part => part.depth));
      if (depth > DEEPEST || nodes.size > MOST_NODES) refuse("the formula is too large");
      nodes.set(key, { op, args, depth, id: nodes.size, free: op === "x" || inner.some(part => part.free) });
    }
    return nodes.get(key);
  };
  const num = value => node("num", value);
  const minus = (a, b) => (b === undefined ? node("*", num(q(-1)), a) : node("+", a, minus(b)));
  const PRIMITIVE = ["exp", "log", "sin", "cos", "atan", "erf", "sigmoid", "softplus"];
  const CHOICES = ["abs", "sign", "heaviside"];
  const RELATIONS = ["<", "<=", ">", ">=", "==", "!="];
  const TESTS = ["and", "or", "not", ...RELATIONS];
  const SUGAR = {
    ln: "log(x)", sqrt: "x**(1/2)", expm1: "exp(x) - 1", log1p: "log(1 + x)", tan: "sin(x)/cos(x)",
    sinh: "(exp(x) - exp(-x))/2", cosh: "(exp(x) + exp(-x))/2", tanh: "2*sigmoid(2*x) - 1",
    asinh: "log(x + sqrt(x**2 + 1))", acosh: "log(x + sqrt(x**2 - 1))", atanh: "log((1 + x)/(1 - x))/2",
    asin: "atan(x/sqrt(1 - x**2))", acos: "pi/2 - asin(x)", erfc: "1 - erf(x)", relu: "max(0, x)",
    softsign: "x/(1 + abs(x))", gelu: "x/2*(1 + erf(x/sqrt(2)))",
  };
  const TOKEN = /\s*(?:((?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|(\*\*|<=|>=|==|!=|[-+*/^<>(),]))/y;
  const NUMBER = /^(?:(\d{1,60})(?:\.(\d{0,60}))?|\.(\d{1,60}))(?:[eE]([+-]?\d{1,2}))?$/;
  const WORDS = ["if", "else", "and", "or", "not", "True", "False"];
  const spelled = text => {
    const found = NUMBER.exec(text);
    if (!found) refuse("a number that cannot be read");
    const digits = found[2] ?? found[3] ?? "", ten = BigInt(found[4] ?? 0) - BigInt(digits.length);
    return new Q(BigInt((found[1] ?? "") + digits)).times(power(q(10), ten));
  };
  const read = (text, names) => {
    if (typeof text !== "string" || text.length > LONGEST || /[^\x00-\x7f]/.test(text)) refuse("no formula");
    const tokens = [];
    for (TOKEN.lastIndex = 0; /\S/.test(text.slice(TOKEN.lastIndex));) {
      const start = TOKEN.lastIndex, found = TOKEN.exec(text);
      if (!found) refuse(`the formula cannot be read at ${text.slice(start, start + 20)}`);
      if (found[1] && /[\w.]/.test(text[TOKEN.lastIndex] ?? "")) refuse("a number that cannot be read");
      tokens.push({ number: found[1], name: found[2], sign: found[3] === "^" ? "**" : found[3] });
    }
    let at = 0, depth = 0;
    const is = word => tokens[at] !== undefined && (tokens[at].sign === word || tokens[at].name === word);
    const take = word => is(word) && ++at > 0;
    const need = word => take(word) || refuse(`the formula lacks ${word}`);
    const value = made => (TESTS.includes(made.op) ? node("if", made, num(Q1), num(Q0)) : made);
    const test = made => (TESTS.includes(made.op) ? made : refuse("a condition is wanted"));
    const whole = () => {
      if (++depth > 600) refuse("the formula is too large");
      const body = either();
      let made = body;
      if (take("if")) {
        const asked = test(either());
        need("else");
        made = node("if", asked, value(body), value(whole()));
      }
      depth--;
      return made;
    };
    const several = (word, part) => {
      const first = part();
      if (!is(word)) return first;
      const all = [test(first)];
      while (take(word)) all.push(test(part()));
      return node(word, ...all);
    };
    const either = () => several("or", () => several("and", negated));
    const negated = () => {
      if (++depth > 600) refuse("the formula is too large");
      const made = take("not") ? node("not", test(negated())) : compared();
      depth--;
      return made;
    };
    const compared = () => {
      let side = sum();
      const all = [];
      while (tokens[at] && RELATIONS.includes(tokens[at].sign)) {
        const relation = tokens[at++].sign, other = value(sum());
        all.push(node(relation, value(side), other));
        side = other;
      }
      return all.length ? node("and", ...all) : side;
    };
    const sum = () => {
      let made = factor();
      while (is("+") || is("-")) {
        const sign = tokens[at++].sign, other = value(factor());
        made = sign === "+" ? node("+", value(made), other) : minus(value(made), other);
      }
      return made;
    };
    const factor = () => {
      let made = signed();
      while (is("*") || is("/")) {
        const sign = tokens[at++].sign, other = value(signed());
        made = node("*", value(made), sign === "*" ? other : node("pow", other, q(-1)));
      }
      return made;
    };
    const signed = () => {
      if (++depth > 600) refuse("the formula is too large");
      const made = take("-") ? minus(value(signed())) : take("+") ? value(signed()) : raised();
      depth--;
      return made;
    };
    const raised = () => {
      const base = atom();
      if (!take("**")) return base;
      const r = value(signed()), u = value(base);
      return r.op === "num" ? node("pow", u, r.args[0]) : node("exp", node("*", r, node("log", u)));
    };
    const atom = () => {
      const token = tokens[at++] ?? refuse("the formula ends early");
      if (token.number) return num(spelled(token.number));
      if (token.sign === "(") {
        const made = whole();
        need(")");
        return made;
      }
      const name = token.name ?? refuse(`${token.sign} stands where a value should`);
      if (name === "True" || name === "False") return node(name === "True" ? "and" : "or");
      if (WORDS.includes(name)) refuse(`${name} stands where a value should`);
      if (take("(")) return called(name.toLowerCase().replaceAll("arc", "a"));
      return names.get(name) ?? refuse(`${name.slice(0, 40)} has no value`);
    };
    const listed = part => {
      const all = [];
      while (!take(")")) {
        all.push(part());
        if (!is(")")) need(",");
      }
      return all;
    };
    const called = name => {
      if (name === "piecewise") {
        const pair = () => { need("("); const v = value(whole()); need(","); const c = test(whole()); take(","); need(")"); return [c, v]; };
        return listed(pair).reduceRight((made, [c, v]) => node("if", c, v, made), node("undefined"));
      }
      const values = listed(() => value(whole()));
      if ((name === "max" || name === "min") && values.length) return values.reduce((a, b) => node(name, a, b));
      if (values.length === 1 && (PRIMITIVE.includes(name) || CHOICES.includes(name))) return node(name, values[0]);
      if (values.length === 1 && Object.hasOwn(SUGAR, name)) return read(SUGAR[name], new Map([["x", values[0]], ["pi", node("pi")]]));
      return refuse(`${name.slice(0, 40)}() is not in the language`);
    };
    const made = value(whole());
    if (at < tokens.length) refuse("the formula goes on where it should end");
    return made;
  };

  // ---- 2 Field: polynomials are maps from a monomial's text to [monomial, coefficient]
  const kernels = [], numbers = new Map();
  const text = mono => mono.map(([k, e]) => `${k}^${e}`).join(" ");
  const order = (a, b) => {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      const found = a[i][0] - b[i][0] || a[i][1].cmp(b[i][1]);
      if (found) return found;
    }
    return a.length - b.length;
  };
  const polynomial = terms => {
    const made = new Map();
    for (const [mono, c] of terms) {
      const key = text(mono), old = made.get(key);
      made.set(key, [mono, old ? old[1].plus(c) : c]);
    }
    for (const [key, [, c]] of made) if (!c.n) made.delete(key);
    return made;
  };
  const ordered = poly => [...poly.values()].sort((a, b) => order(a[0], b[0]));
  const spelt = poly => ordered(poly).map(([m, c]) => `${c}*${text(m)}`).join("+");
  const UNIT = polynomial([[[], Q1]]);
  const isUnit = poly => poly.size === 1 && poly.has("") && poly.get("")[1].is(1);
  class Field {
    constructor(top, den = UNIT) { this.top = top; this.den = den; }
    get key() { return (this.kept ??= `${spelt(this.top)} / ${spelt(this.den)}`); }
    get zero() { return this.top.size === 0; }
    like(box) { return box.exact ?? unknown("a constant without an exact value"); }
    plus(o) {
      if (spelt(this.den) === spelt(o.den)) return quotient(polynomial([...this.top.values(), ...o.top.values()]), this.den);
      const over = multiplied(this.den, o.den);
      return quotient(polynomial([...multiplied(this.top, o.den).values(), ...multiplied(o.top, this.den).values()]), over);
    }
    times(o) { return quotient(multiplied(this.top, o.top), multiplied(this.den, o.den)); }
    scaled(r, n = 1) { return new Field(polynomial([...this.top.values()].map(([m, c]) => [m, c.times(r).over(q(n))])), this.den); }
    get leading() { return this.zero ? Q0 : ordered(this.top).at(-1)[1]; }
    positive(...kinds) {
      const [mono, c] = this.top.size === 1 ? [...this.top.values()][0] : [[], Q0];
      const plain = c.n > 0n && isUnit(this.den);
      return plain && mono.every(([k]) => ["prime", "pi", "exp", ...kinds].includes(kernels[k].op)) ? [mono, c] : null;
    }
    call(op) {
      spend(10);
      if (Array.isArray(op)) return this.raised(op[1]);
      if (op === "sigmoid") return ONE.plus(this.scaled(q(-1)).call("exp")).raised(q(-1));
      if (op === "softplus") return ONE.plus(this.exp()).log();
      if (op === "exp" || op === "log") return this[op]();
      if (this.zero) return rational(op === "cos" ? Q1 : Q0);
      const sign = this.leading.n > 0n ? Q1 : q(-1), n = this.leading.times(q(2));
      if ((op === "sin" || op === "cos") && n.whole && this.key === PI.scaled(n, 2).key) {
        return rational(q([0, 1, 0, -1][Number((((n.n + (op === "cos" ? 1n : 0n)) % 4n) + 4n) % 4n)]));
      }
      const inner = this.scaled(sign);
      const made = op === "atan" && inner.key === ONE.key ? PI.scaled(Q1, 4) : term(op, inner);
      return op === "cos" ? made : made.scaled(sign);
    }
    raised(r) {
      if (r.whole) {
        const base = r.n >= 0n ? this : quotient(this.den, this.top);
        let made = ONE;
        for (let k = abs(r.n); k > 0n; k--) made = made.times(base);
        return made;
      }
      if (this.zero && r.n > 0n) return this;
      const found = this.positive();
      if (found) {
        const [own, other] = [found[0], factors(found[1])].map(part => part.map(([k, e]) => [k, e.times(r)]));
        return settled(polynomial([[merged(own, other), Q1]]));
      }
      const size = this.leading.abs, whole = new Q(r.floor), unit = this.scaled(Q1.over(size));
      return rational(size).raised(r).times(term("root", unit, r.minus(whole))).times(unit.raised(whole));
    }
    exp() {
      return [...this.top.values()].reduce((made, [mono, c]) => {
        const alone = isUnit(this.den) && mono.length === 1 && mono[0][1].is(1) && kernels[mono[0][0]].op === "log";
        return made.times(alone ? kernels[mono[0][0]].inner.raised(c) : term("exp", new Field(polynomial([[mono, Q1]]), this.den), c));
      }, ONE);
    }
    log() {
      if (this.zero) unknown("a logarithm of 0");
      const found = this.positive("root");
      if (found) {
        return [...found[0], ...factors(found[1])].reduce((made, [k, e]) => {
          const { op, inner } = kernels[k];
          const base = op === "prime" ? rational(new Q(inner)) : op === "pi" ? PI : inner;
          return made.plus((op === "exp" ? inner : term("log", base)).scaled(e));
        }, ZERO);
      }
      const size = this.leading.abs;
      return rational(size).log().plus(term("log", this.scaled(Q1.over(size))));
    }
  }
  const kernel = (op, inner = null) => {
    const key = `${op} ${inner instanceof Field ? inner.key : inner}`;
    if (!numbers.has(key)) { numbers.set(key, kernels.length); kernels.push({ op, inner }); }
    return numbers.get(key);
  };
  const term = (op, inner = null, e = Q1) => new Field(polynomial([[[[kernel(op, inner), e]], Q1]]));
  const rational = r => new Field(polynomial([[[], r]]));
  const factors = r => {
    const found = new Map();
    for (let [n, sign] of [[r.n, 1], [r.d, -1]]) {
      let p = 2n;
      while (n > 1n) {
        while (n % p !== 0n && p * p <= n && p < 2000n) p++;
        if (n % p !== 0n) p = n;
        found.set(p, (found.get(p) ?? 0) + sign);
        n /= p;
      }
    }
    return [...found].filter(([, e]) => e).map(([p, e]) => [kernel("prime", p), q(e)]).sort((a, b) => a[0] - b[0]);
  };
  const merged = (a, b) => {
    const made = new Map(a);
    for (const [k, e] of b) made.set(k, made.has(k) ? made.get(k).plus(e) : e);
    return [...made].filter(([, e]) => e.n).sort((x, y) => x[0] - y[0]);
  };
  const multiplied = (a, b) => {
    spend(4 * a.size * b.size);
    if (a.size * b.size > 1000) unknown("an exact value that is too long");
    const all = [];
    for (const [m, c] of a.values()) for (const [n, d] of b.values()) all.push([merged(m, n), c.times(d)]);
    const made = polynomial(all);
    for (const [, c] of made.values()) if (bits(c.n) > MOST_BITS || bits(c.d) > MOST_BITS) unknown("an exact value that is too long");
    return made;
  };
  const quotient = (top, den) => {
    const below = settled(den);
    if (!isUnit(below.den)) return quotient(multiplied(top, below.den), below.top);
    if (below.zero) unknown("a division by 0");
    const [mono, c] = ordered(below.top)[0];
    const unit = polynomial([[mono.map(([k, e]) => [k, Q0.minus(e)]), Q1.over(c)]]);
    const over = multiplied(below.top, unit), above = settled(multiplied(top, unit));
    if (isUnit(over) || above.zero) return above;
    return isUnit(above.den) && spelt(above.top) === spelt(over) ? ONE : new Field(above.top, multiplied(above.den, over));
  };
  const settled = top => {
    const plain = [], rest = [];
    for (const [mono, c] of top.values()) {
      const place = mono.findIndex(([k, e]) => {
        const { op } = kernels[k];
        return ((op === "prime" || op === "root") && (e.n <= 0n || e.cmp(Q1) >= 0)) || (op === "sin" && e.cmp(q(2)) >= 0);
      });
      if (place < 0) { plain.push([mono, c]); continue; }
      const [k, e] = mono[place], { op, inner } = kernels[k], step = op === "sin" ? q(2) : Q1;
      const base = op === "sin" ? ONE.plus(inner.call("cos").raised(q(2)).scaled(q(-1))) : op === "prime" ? rational(new Q(inner)) : inner;
      const whole = new Q(e.over(step).floor), over = e.minus(step.times(whole));
      const less = [...mono.slice(0, place), ...(over.n ? [[k, over]] : []), ...mono.slice(place + 1)];
      rest.push(settled(polynomial([[less, c]])).times(base.raised(whole)));
    }
    return rest.reduce((made, part) => made.plus(part), new Field(polynomial(plain)));
  };
  const ZERO = new Field(polynomial([])), ONE = rational(Q1), PI = term("pi"), X = term("x");

  // ---- 3 Box
  let D = 1n << 160n;
  const exactly = (work, ...fields) => {
    try {
      return fields.includes(null) ? null : work(...fields);
    } catch (error) {
      if (error instanceof Unknown) return null;
      throw error;
    }
  };
  class Box {
    constructor(lo, hi, exact = null) {
      const zero = exact !== null && exact.zero;
      this.lo = zero ? 0n : lo; this.hi = zero ? 0n : hi; this.exact = exact;
      if (hi > LARGEST || lo < -LARGEST) unknown("a number that is too large");
    }
    static of(r, exact = true) { return new Box(floor(r.n * D, r.d), ceil(r.n * D, r.d), exact ? rational(r) : null); }
    like(box) { return box; }
    plus(o) { return new Box(this.lo + o.lo, this.hi + o.hi, exactly((a, b) => a.plus(b), this.exact, o.exact)); }
    minus(o) { return this.plus(o.scaled(q(-1))); }
    times(o) {
      const ends = [this.lo * o.lo, this.lo * o.hi, this.hi * o.lo, this.hi * o.hi];
      return new Box(floor(least(...ends), D), ceil(most(...ends), D), exactly((a, b) => a.times(b), this.exact, o.exact));
    }
    scaled(r, n = 1) {
      const d = r.d * BigInt(n), [lo, hi] = r.n >= 0n ? [this.lo * r.n, this.hi * r.n] : [this.hi * r.n, this.lo * r.n];
      return new Box(floor(lo, d), ceil(hi, d), this.exact && this.exact.scaled(r, n));
    }
    get loose() { return new Box(this.lo, this.hi); }
    get sign() { return this.lo > 0n ? 1 : this.hi < 0n ? -1 : this.lo === 0n && this.hi === 0n ? 0 : null; }
    raised(r) {
      if (r.n < 0n) {
        const made = this.raised(r.times(q(-1)));
        if (made.lo <= 0n && made.hi >= 0n) unknown("a division by what may be 0");
        return new Box(floor(D * D, made.hi), ceil(D * D, made.lo));
      }
      let [a, b] = [this.lo, this.hi];
      const n = r.n;
      if (r.whole && n % 2n === 0n) [a, b] = [a <= 0n && b >= 0n ? 0n : least(abs(a), abs(b)), most(abs(a), abs(b))];
      if (a < 0n && !r.whole) unknown("a root of what may be negative");
      if (r.d > 2n) {
        const [low, high] = [a, b].map(u => (u ? new Box(u, u).call("log").scaled(r).call("exp") : new Box(0n, 0n)));
        return new Box(low.lo, high.hi);
      }
      const [lo, hi] = n ? [floor(a ** n, D ** (n - 1n)), ceil(b ** n, D ** (n - 1n))] : [D, D];
      if (r.whole) return new Box(lo, hi);
      return new Box(isqrt(lo * D), hi ? isqrt(hi * D - 1n) + 1n : 0n);
    }
    call(op) {
      spend(20);
      const exact = exactly(a => a.call(op), this.exact);
      let made;
      if (op === "sigmoid" || op === "softplus") {
        const inner = new Box(D, D).plus(this.scaled(q(op === "sigmoid" ? -1 : 1)).loose.call("exp"));
        made = op === "sigmoid" ? inner.raised(q(-1)) : inner.call("log");
      } else if (op === "sin" || op === "cos") {
        const middle = floor(this.lo + this.hi, 2n), far = this.hi - middle, [lo, hi] = at(op, middle);
        made = new Box(most(lo - far, -D), least(hi + far, D));
      } else {
        made = Array.isArray(op) ? this.raised(op[1]) : new Box(at(op, this.lo)[0], at(op, this.hi)[1]);
      }
      return new Box(made.lo, made.hi, exact);
    }
  }
  const logOf = a => { const k = Math.max(0, bits(a) - 60); return Math.log(Number(a >> BigInt(k))) + k * Math.LN2; };
  const known = new Map();
  const at = (op, n) => {
    const key = `${op} ${n} ${D}`;
    if (known.has(key)) return known.get(key);
    spend(20);
    if (op === "log" && n <= 0n) unknown("a logarithm of what may not be positive");
    const x = abs(n) < D << 500n ? Number((abs(n) << 64n) / D) / 2 ** 64 : 1e9;
    if (x > 4000 && !["log", "atan", "erf"].includes(op)) {
      if (op === "exp" && n > 0n) unknown("exp of a number that is too large");
      return op === "exp" ? [0n, 1n] : [-D, D];
    }
    const size = op === "atan" ? 0 : op === "erf" ? Math.min(x, 16) : op === "log" ? Math.abs(logOf(n) - logOf(D)) : x;
    const whole = Math.floor(size) + 1, halvings = bits(BigInt(whole)) + 8;
    const w = BigInt(40 + 2 * halvings + (op === "erf" ? 2 * whole * whole : 2 * whole)), coarse = D;
    try {
      D = coarse << w;
      const made = FINE[op](new Box(n << w, n << w), halvings);
      known.set(key, [made.lo >> w, -(-made.hi >> w)]);
    } finally {
      D = coarse;
    }
    return known.get(key);
  };
  const tiny = box => box.hi <= 1n && box.lo >= -1n;
  const part = k => new Q(1n, 1n << BigInt(k));
  const fineExp = (x, halvings) => {
    let made = new Box(D, D), power = made;
    const y = x.scaled(part(halvings));
    for (let k = 1; !tiny(power); k++) {
      power = power.times(y).scaled(Q1, k);
      made = made.plus(power);
    }
    made = made.plus(new Box(-1n, 1n));
    for (let k = 0; k < halvings; k++) made = made.times(made);
    return made;
  };
  const fineTurn = (x, halvings) => {
    const y = x.scaled(part(halvings)), sums = [new Box(0n, 0n), new Box(0n, 0n)];
    let power = new Box(D, D);
    for (let k = 0; !tiny(power); k++) {
      sums[k % 2] = sums[k % 2].plus(power.scaled(q(k % 4 < 2 ? 1 : -1)));
      power = power.times(y).scaled(Q1, k + 1);
    }
    let [cos, sin] = sums.map(made => made.plus(new Box(-2n, 2n)));
    for (let k = 0; k < halvings; k++) [sin, cos] = [sin.times(cos).scaled(q(2)), new Box(D, D).minus(sin.times(sin).scaled(q(2)))];
    return [sin, cos];
  };
  const fineOdd = (z, sign) => {
    if (4n * z.lo < -D || 4n * z.hi > D) unknown("a series far from its centre");
    let [made, power] = [z, z];
    const square = z.times(z).scaled(q(sign));
    for (let k = 3; !tiny(power); k += 2) {
      power = power.times(square);
      made = made.plus(power.scaled(Q1, k));
    }
    return made.plus(new Box(-1n, 1n));
  };
  const fineLog = x => {
    const one = new Box(D, D), near = logOf(x.lo) - logOf(D);
    const y = new Q(BigInt(Math.round(near * 2 ** 40)), 1n << 40n);
    const f = x.times(fineExp(Box.of(y.times(q(-1)), false), bits(BigInt(Math.floor(Math.abs(near)))) + 9));
    return Box.of(y, false).plus(fineOdd(f.minus(one).times(f.plus(one).raised(q(-1))), 1).scaled(q(2)));
  };
  const fineAtan = x => {
    const one = new Box(D, D);
    for (let k = 0; k < 4; k++) x = x.times(one.plus(one.plus(x.raised(q(2))).raised(q(1, 2))).raised(q(-1)));
    return fineOdd(x, -1).scaled(q(16));
  };
  const fineErf = x => {
    if (abs(x.lo) > 16n * D) {
      const far = new Box(D, D).minus(new Box(0n, D).scaled(part(360)));
      return x.lo > 0n ? far : far.scaled(q(-1));
    }
    let [made, power, k] = [x, x, 3];
    const square = x.raised(q(2));
    while (!tiny(power) || BigInt(k) * D < 4n * square.hi) {
      power = power.times(square).scaled(q(2), k);
      k += 2;
      made = made.plus(power);
    }
    const root = fineAtan(new Box(D, D)).raised(q(-1, 2));
    return made.plus(new Box(-1n, 1n)).times(fineExp(square.scaled(q(-1)), 18)).times(root);
  };
  const FINE = { exp: fineExp, log: fineLog, atan: fineAtan, erf: fineErf, sin: (x, h) => fineTurn(x, h)[0], cos: (x, h) => fineTurn(x, h)[1] };
  const piBox = () => new Box(...at("atan", D), PI.scaled(Q1, 4)).scaled(q(4));

  // ---- 4 Tail: a monomial is {rates: [[j, key], ...], p, r}
  const rates = new Map();
  const monoKey = m => `${m.rates.map(([j, key]) => `${j}~${key}`).join(";")}|${m.p}|${m.r}`;
  const FLAT = { rates: [], p: Q0, r: Q0 };
  const rated = box => {
    if (box.exact === null) unknown("a rate without an exact value");
    rates.set(box.exact.key, box);
    return box.exact.key;
  };
  const joined = (a, b, r = Q1) => {
    const all = new Map(a.rates.map(([j, key]) => [`${j}`, [j, key]]));
    for (const [j, key] of b.rates) {
      const own = rates.get(key).scaled(r), old = all.get(`${j}`);
      all.set(`${j}`, [j, rated(old ? rates.get(old[1]).plus(own) : own)]);
    }
    const kept = [...all.values()].filter(([, key]) => !rates.get(key).exact.zero).sort((x, y) => y[0].cmp(x[0]));
    return { rates: kept, p: a.p.plus(b.p.times(r)), r: a.r.plus(b.r.times(r)) };
  };
  const growth = m => {
    const size = m.p.n || m.r.n;
    if (!m.rates.length) return size > 0n ? 1 : size < 0n ? -1 : 0;
    return -(rates.get(m.rates[0][1]).sign || unknown("a rate of unknown sign"));
  };
  const ceiling = (m, T) => {
    const log = T.call("log"), first = m.rates.length ? m.rates[0][0] : Q0;
    let sure = new Box(0n, 0n), size = T.raised(m.p).times(log.raised(m.r));
    for (const [j, key] of m.rates) {
      const box = rates.get(key), rate = j === first ? box.loose : new Box(least(box.lo, 0n), 0n);
      sure = sure.plus(rate.times(T.raised(j.minus(first))).scaled(j));
      size = size.times(box.loose.times(T.raised(j)).scaled(q(-1)).call("exp"));
    }
    const slope = Box.of(m.p, false).plus(log.raised(q(-1)).scaled(m.r.n > 0n ? m.r : Q0));
    if (sure.lo < 0n || slope.minus(new Box(sure.lo, sure.lo).times(T.raised(first))).hi > 0n) unknown("the tail begins too early");
    return new Box(0n, size.hi);
  };
  class Tail {
    constructor(T, terms) {
      this.T = T;
      this.terms = new Map();
      spend(terms.length);
      for (const [m, c] of terms) {
        const key = monoKey(m), old = this.terms.get(key);
        this.terms.set(key, [m, old ? old[1].plus(c) : c]);
      }
      for (const [key, [, c]] of this.terms) if (c.sign === 0) this.terms.delete(key);
      const all = this.terms.size > MOST_TERMS ? this.order() : [];
      while (all.length > MOST_TERMS) {
        const m = all.pop(), next = all.at(-1), [, c] = this.terms.get(monoKey(m));
        this.terms.delete(monoKey(m));
        const own = this.terms.get(monoKey(next));
        own[1] = own[1].plus(c.times(ceiling(joined(m, next, q(-1)), T)));
      }
    }
    get all() { return [...this.terms.values()]; }
    like(box) { return new Tail(this.T, [[FLAT, box]]); }
    plus(o) { return new Tail(this.T, [...this.all, ...o.all]); }
    times(o) { return new Tail(this.T, this.all.flatMap(([m, c]) => o.all.map(([n, d]) => [joined(m, n), c.times(d)]))); }
    scaled(r, n = 1) { return new Tail(this.T, this.all.map(([m, c]) => [m, c.scaled(r, n)])); }
    order() { return this.all.map(([m]) => m).sort((m, n) => -growth(joined(m, n, q(-1)))); }
    coefficient(m) { return this.terms.get(monoKey(m))?.[1] ?? new Box(0n, 0n, ZERO); }
    bracket() {
      const all = this.order(), first = all[0] ?? FLAT;
      let total = this.terms.size ? this.coefficient(first) : new Box(0n, 0n);
      for (const m of all.slice(1)) total = total.plus(this.coefficient(m).times(ceiling(joined(m, first, q(-1)), this.T)));
      return [first, total];
    }
    parted() {
      const [grow, fall] = [1, -1].map(sign => this.all.filter(([m]) => growth(m) === sign));
      return [grow, this.coefficient(FLAT), new Tail(this.T, fall)];
    }
    span() {
      let [grow, total, fall] = this.parted();
      if (grow.length) unknown("a tail that is not bounded");
      for (const [m, c] of fall.all) total = total.plus(c.times(ceiling(m, this.T)));
      return total.loose;
    }
    limit() {
      const [grow, constant] = this.parted();
      const found = grow.length ? this.bracket()[1].sign : constant;
      if (!found || (!grow.length && constant.exact === null)) unknown("a tail without a known limit");
      return found;
    }
    call(op) {
      spend(50);
      if (Array.isArray(op)) return this.raised(op[1]);
      const [grow, constant, fall] = this.parted();
      if (!grow.length && !(op === "log" && constant.sign === 0)) return expanded(op, constant, fall);
      if (op === "sin" || op === "cos") return this.like(new Box(-D, D));
      const [first, box] = this.bracket(), sign = box.sign || unknown("a tail of unknown sign"), one = this.like(Box.of(Q1));
      if (op === "exp") return this.exp(grow, constant, fall, first, box);
      if (op === "log") return this.log(first, box);
      if (op === "atan") return this.like(piBox().scaled(q(sign, 2))).plus(this.raised(q(-1)).call("atan").scaled(q(-1)));
      const away = this.scaled(q(sign));
      if (op === "erf") {
        const square = away.raised(q(2)), w = away.raised(q(-2));
        const sure = one.plus(w.scaled(q(-1, 2))).plus(w.times(w).times(this.like(new Box(0n, D))).scaled(q(3, 4)));
        const unit = away.raised(q(-1)).times(this.like(piBox().call(["pow", q(-1, 2)]))).times(square.scaled(q(-1)).call("exp"));
        return one.plus(unit.times(sure).scaled(q(-1))).scaled(q(sign));
      }
      const low = away.scaled(q(-1)).call("exp");
      if (op === "sigmoid") return one.plus(low).raised(q(-1)).times(sign > 0 ? one : low);
      return one.plus(low).call("log").plus(sign > 0 ? this : one.scaled(Q0));
    }
    raised(r) {
      if (!this.terms.size || (r.n >= 0n && r.whole && r.n <= 4n)) {
        if (r.n < 0n) unknown("a division by 0");
        let made = r.whole ? this.like(Box.of(Q1)) : this;
        for (let k = r.floor; k > 0n; k--) made = made.times(this);
        return made;
      }
      const [first, box] = this.bracket();
      if (!r.whole && box.lo <= 0n) unknown("a root of what may be negative");
      const c = this.coefficient(first), unit = new Tail(this.T, [[joined(FLAT, first, r), Box.of(Q1)]]);
      if (c.exact === null || !c.sign) return unit.times(this.like(box.loose.raised(r)));
      return unit.times(this.like(c.call(["pow", r]))).times(expanded(["pow", r], Box.of(Q1), this.beside(first)));
    }
    beside(first) {
      const over = new Tail(this.T, [[joined(FLAT, first, q(-1)), this.coefficient(first).call(["pow", q(-1)])]]);
      return new Tail(this.T, this.all.filter(([m]) => monoKey(m) !== monoKey(first))).times(over);
    }
    log(first, box) {
      const c = this.coefficient(first);
      if (first.r.n || box.lo <= 0n) unknown("a logarithm of a logarithm, or of what may not be positive");
      const own = first.rates.map(([j, key]) => [{ rates: [], p: j, r: Q0 }, rates.get(key).scaled(q(-1))]);
      const made = new Tail(this.T, [...own, [{ rates: [], p: Q0, r: Q1 }, Box.of(first.p)]]);
      if (c.exact === null || c.lo <= 0n) return made.plus(this.like(box.loose.call("log")));
      return made.plus(this.like(c.call("log"))).plus(expanded("log", Box.of(Q1), this.beside(first)));
    }
    exp(grow, constant, fall, first, box) {
      let mono = FLAT;
      for (const [{ rates: own, p, r }, c] of grow) {
        const fixed = c.exact !== null && !own.length, over = joined({ rates: [], p: Q1, r: Q0 }, first, q(-1));
        if (fixed && !r.n) mono = joined(mono, { rates: [[p, rated(c.scaled(q(-1)))]], p: Q0, r: Q0 });
        else if (fixed && !p.n && r.is(1) && c.exact.key === rational(c.exact.leading).key) {
          mono = joined(mono, { rates: [], p: c.exact.leading, r: Q0 });
        } else if (box.hi < 0n && growth(over) <= 0) {
          const K = new Q(least(floor(-box.hi * 16n, ceiling(over, this.T).hi), 16000n), 16n);
          return new Tail(this.T, [[{ rates: [[Q1, rated(Box.of(K))]], p: Q0, r: Q0 }, new Box(0n, D)]]);
        } else unknown("exp of a tail that is not known well enough");
      }
      return new Tail(this.T, [[mono, Box.of(Q1)]]).times(expanded("exp", constant, fall));
    }
  }
  const expanded = (op, centre, fall) => {
    const inner = fall.plus(fall.like(centre)).span();
    if (centre.exact === null || !fall.terms.size) return fall.like((centre.exact === null ? inner : centre).call(op));
    const exact = call(op, [centre, Box.of(Q1)], 2), rest = call(op, [inner, Box.of(Q1)], 3);
    let made = rest.length > 3 ? fall.like(rest[3]) : fall.scaled(Q0);
    for (const c of exact.reverse()) made = made.times(fall).plus(fall.like(c));
    return made;
  };

  // ---- 5 Taylor
  const total = all => all.slice(1).reduce((a, b) => a.plus(b), all[0]);
  const product = (a, b, n) => {
    spend(4 * n + 2);
    const made = [];
    for (let k = 0; k < Math.min(a.length + b.length - 1, n + 1); k++) {
      const all = [];
      for (let i = Math.max(0, k - b.length + 1); i <= Math.min(k, a.length - 1); i++) all.push(a[i].times(b[k - i]));
      made.push(total(all));
    }
    return made;
  };
  const summed = (a, b) => Array.from({ length: Math.max(a.length, b.length) }, (_, k) => (k >= a.length ? b[k] : k >= b.length ? a[k] : a[k].plus(b[k])));
  const scaledAll = (u, r) => u.map(c => c.scaled(r));
  const call = (op, u, n) => {
    if (Array.isArray(op) && op[1].is(1)) return u;
    const made = [u[0].call(op)], d = n && u.length > 1 ? slope(op, u.slice(0, n), n - 1) : [];
    for (let k = 1; k <= n; k++) {
      const all = [];
      for (let j = 1; j <= Math.min(k, u.length - 1); j++) if (k - j < d.length) all.push(u[j].times(d[k - j]).scaled(q(j), k));
      if (all.length) made.push(total(all));
    }
    return made;
  };
  const slope = (op, u, n) => {
    const one = [u[0].like(Box.of(Q1))];
    if (Array.isArray(op)) return scaledAll(op[1].n ? call(["pow", op[1].minus(Q1)], u, n) : one, op[1]);
    if (op === "exp" || op === "sin" || op === "softplus") return call({ exp: "exp", sin: "cos", softplus: "sigmoid" }[op], u, n);
    if (op === "cos") return scaledAll(call("sin", u, n), q(-1));
    if (op === "log") return call(["pow", q(-1)], u, n);
    if (op === "sigmoid") {
      const made = call("sigmoid", u, n);
      return product(made, summed(one, scaledAll(made, q(-1))), n);
    }
    const square = call(["pow", q(2)], u, n);
    if (op === "atan") return call(["pow", q(-1)], summed(one, square), n);
    const unit = u[0].like(piBox().call(["pow", q(-1, 2)]).scaled(q(2)));
    return call("exp", scaledAll(square, q(-1)), n).map(c => c.times(unit));
  };
  let constants = new Map();
  const taylor = (tree, x, n, memo) => {
    if (!memo.has(tree)) memo.set(tree, tree.free ? walked(tree, x, n, memo) : [x[0].like(constant(tree))]);
    return memo.get(tree);
  };
  const walked = (tree, x, n, memo) => {
    const { op, args } = tree;
    if (op === "x") return x.slice(0, n + 1);
    if (op === "num" || op === "pi") return [op === "num" ? Box.of(args[0]) : piBox()];
    const inner = args.filter(isNode).map(part => taylor(part, x, n, memo));
    if (op === "+" || op === "*") return op === "+" ? summed(inner[0], inner[1]) : product(inner[0], inner[1], n);
    if (PRIMITIVE.includes(op) || op === "pow") return call(op === "pow" ? ["pow", args[1]] : op, inner[0], n);
    return unknown(`a branch that is not resolved (${op})`);
  };
  const constant = tree => {
    if (!constants.has(tree)) constants.set(tree, walked(tree, [Box.of(Q0)], 0, new Map())[0]);
    return constants.get(tree);
  };
  // ---- 6 the line
  const TRUE = { "<": ["<"], "<=": ["<", "<=", "=="], "==": ["=="], ">=": [">", ">=", "=="], ">": [">"], "!=": ["<", ">"] };
  const NOT = { "<": ">=", "<=": ">", "==": "!=", ">=": "<", ">": "<=", "!=": "==" };
  const mean = (a, b) => a.plus(b).over(q(2));
  let memos = new Map();
  const place = ({ x = null, a = null, b = null, side = 0 }) => {
    const cell = !side && a !== null;
    if (side) {
      const T = Box.of(side < 0 ? b.abs : a, false);
      x = new Tail(T, [[{ rates: [], p: Q1, r: Q0 }, Box.of(q(side))]]);
    } else if (cell) x = new Box(Box.of(a, false).lo, Box.of(b, false).hi);
    const values = (tree, n = 0) => {
      const key = `${a} ${b} ${n}`;
      if (cell && !memos.has(key)) memos.set(key, new Map());
      const one = x.like(Box.of(Q1)), found = taylor(tree, [x, one], n, cell ? memos.get(key) : new Map());
      let factorial = 1n;
      return Array.from({ length: n + 1 }, (_, k) => {
        factorial *= BigInt(k || 1);
        return (found[k] ?? one.scaled(Q0)).scaled(new Q(factorial));
      });
    };
    const compared = tree => {
      let value = values(tree, cell ? 1 : 0)[0];
      if (side) value = value.bracket()[1];
      if (cell && value.lo * value.hi <= 0n && value.sign !== 0) {
        const rate = values(tree, 1)[1], ends = [a, b].map(end => place({ x: Box.of(end) }).values(tree)[0]);
        const [low, high] = rate.lo > 0n ? ends : ends.reverse();
        if (rate.sign && (low.lo >= 0n || high.hi <= 0n)) return low.lo >= 0n ? ">" : "<";
      }
      if (value.lo < 0n && value.hi > 0n) unknown("a comparison");
      if (value.sign === 0) return "==";
      return value.lo > 0n ? ">" : value.hi < 0n ? "<" : value.lo ? "<=" : ">=";
    };
    return { x, a, b, side, values, compared, toString: () => `[${a ?? "-inf"}, ${b ?? "inf"}]` };
  };
  const resolved = (tree, where, memo) => {
    if (!memo.has(tree)) {
      const { op, args } = tree;
      memo.set(tree, op === "if"
        ? resolved(args[holds(args[0], where, memo) ? 1 : 2], where, memo)
        : chosen(op, args.map(part => (isNode(part) ? resolved(part, where, memo) : part)), where));
    }
    return memo.get(tree);
  };
  const chosen = (op, parts, where) => {
    if (op === "max" || op === "min") {
      const found = where.compared(minus(...parts));
      return parts[(found[0] === ">") === (op === "max") || found === "==" ? 0 : 1];
    }
    if (!CHOICES.includes(op)) return node(op, ...parts);
    const found = where.compared(parts[0]);
    if (op === "abs") return found[0] === "<" ? minus(parts[0]) : parts[0];
    if (found === "<=" || found === ">=") unknown("a comparison");
    return num(op === "sign" ? { "<": q(-1), "==": Q0, ">": Q1 }[found] : { "<": Q0, "==": q(1, 2), ">": Q1 }[found]);
  };
  const holds = ({ op, args }, where, memo) => {
    if (op === "not") return !holds(args[0], where, memo);
    if (op === "and") return args.every(part => holds(part, where, memo));
    if (op === "or") return args.some(part => holds(part, where, memo));
    const found = where.compared(minus(...args.map(part => resolved(part, where, memo))));
    if (!TRUE[op].includes(found) && !TRUE[NOT[op]].includes(found)) unknown("a comparison");
    return TRUE[op].includes(found);
  };
  const atLeast = (value, bound, strict = false) => value.lo > bound.hi || (!strict && (value.lo >= bound.hi || same(value, bound, false)));
  const same = (a, b, sure = true) => {
    const apart = exactly((u, v) => u.plus(v.scaled(q(-1))), a.exact, b.exact);
    if (apart !== null && apart.zero) return true;
    if (sure && a.lo <= b.hi && b.lo <= a.hi) unknown("whether two numbers are equal");
    return false;
  };
  const halved = (work, a, b, depth, reason) => {
    spend(10);
    if (memos.size > 2000) memos = new Map();
    try {
      if (work(a, b)) return;
    } catch (error) {
      if (!(error instanceof Unknown)) throw error;
    }
    if (!depth) refuse(`${reason} on [${a}, ${b}]`);
    halved(work, a, mean(a, b), depth - 1, reason);
    halved(work, mean(a, b), b, depth - 1, reason);
  };
  const identical = (tree, n = 0, other = null) => {
    const found = taylor(tree, [X, ONE], n, new Map()), factorial = [1, 1, 2, 6][n];
    const value = n < found.length ? found[n].scaled(q(factorial)) : ZERO;
    return value.plus(other ? taylor(other, [X, ONE], 0, new Map())[0].scaled(q(-1)) : ZERO).zero;
  };
  const analytic = (tree, a, b) => {
    const memo = new Map();
    taylor(tree, [place({ a, b }).x, Box.of(Q1)], 0, memo);
    return [...memo.keys()].every(({ op, free, args }) => !(op === "pow" && free && args[1].d > 1n) || memo.get(args[0])[0].lo > 0n);
  };
  const closed = (tree, a, b, n, bound, strict) => {
    const where = place({ a, b }), middle = mean(a, b);
    let h, h1, h2;
    try {
      [h, h1, h2] = where.values(tree, Math.max(n + 2, 3)).slice(n, n + 3);
    } catch (error) {
      if (!(error instanceof Unknown)) throw error;
      return atLeast(where.values(tree, n)[n], bound, strict);
    }
    if (atLeast(h, bound, strict)) return true;
    const spot = (x, order, exact = false) => place({ x: Box.of(x, exact) }).values(tree, order).slice(n);
    const [value, rate, bend] = spot(middle, n + 2), away = where.x.minus(Box.of(middle, false));
    if (atLeast(value.plus(rate.times(away)).plus(away.raised(q(2)).times(h2).scaled(q(1, 2))), bound, strict)) return true;
    if (h2.lo > 0n) {
      const step = new Q(floor(rate.lo << 90n, most(bend.lo, 1n)), 1n << 90n);
      let centre = middle.minus(step);
      centre = centre.cmp(a) < 0 ? a : centre.cmp(b) > 0 ? b : centre;
      const [low, change] = spot(centre, n + 1);
      if (atLeast(low.minus(change.raised(q(2)).times(new Box(2n * h2.lo, 2n * h2.lo).raised(q(-1)))), bound, strict)) return true;
    }
    for (const exact of [false, true]) {
      if (exact && (a.d > 1n << 20n || b.d > 1n << 20n)) return false;
      const [one, two] = [a, b].map(x => spot(x, n + 1, exact));
      const rises = h1.lo >= 0n || (h2.lo >= 0n && one[1].lo >= 0n) || (h2.hi <= 0n && two[1].lo >= 0n);
      const falls = h1.hi <= 0n || (h2.lo >= 0n && two[1].hi <= 0n) || (h2.hi <= 0n && one[1].hi <= 0n);
      if ((rises && atLeast(one[0], bound, strict)) || (falls && atLeast(two[0], bound, strict))) return true;
      if (![one, two].some(end => end[0].lo <= bound.hi && bound.lo <= end[0].hi)) return false;
    }
    return false;
  };
  class Line {
    constructor(tree, cuts) {
      this.tree = tree;
      this.cells = [];
      for (let k = 0; k + 1 < cuts.length; k++) {
        halved((a, b) => {
          const where = place({ a, b });
          return this.cells.push([where, resolved(tree, where, new Map())]);
        }, cuts[k], cuts[k + 1], 12, "a branch is not decided");
      }
      const ends = [place({ b: cuts[0], side: -1 }), place({ a: cuts.at(-1), side: 1 })];
      this.rays = ends.map(where => [where, resolved(tree, where, new Map())]);
      this.pieces = [this.rays[0], ...this.cells, this.rays[1]];
      this.cuts = this.pieces.slice(0, -1).map(([where]) => where.b);
    }
    value(x) {
      const where = place({ x });
      return where.values(resolved(this.tree, where, new Map()))[0];
    }
    at(x, n) {
      if (!n) return [this.value(x)];
      const near = this.pieces.filter(([{ a, b }]) => (a === null || atLeast(x, Box.of(a))) && (b === null || atLeast(Box.of(b), x)));
      return [...new Set(near.map(([, tree]) => tree))].map(tree => place({ x }).values(tree, n)[n]);
    }
    sides(n) {
      return this.cuts.map((cut, k) => {
        const where = place({ x: Box.of(cut) }), [left, right] = [k, k + 1].map(i => where.values(this.pieces[i][1], n)[n]);
        return { cut, left, value: this.value(where.x), right };
      });
    }
    least(n, bound, strict = false, raysOnly = false) {
      for (const [where, tree] of this.rays) {
        const over = where.values(tree, n)[n].plus(where.x.like(bound.scaled(q(-1))));
        let low = over.bracket()[1].lo;
        try {
          low = most(low, over.span().lo);
        } catch (error) {
          if (!(error instanceof Unknown)) throw error;
        }
        if (low < 0n || (strict && low === 0n)) refuse(`the bound is not shown on ${where}`);
      }
      if (raysOnly) return;
      for (const [{ a, b }, tree] of this.cells) halved((u, v) => closed(tree, u, v, n, bound, strict), a, b, 14, "the bound is not shown");
      if (!n && !this.cuts.every(cut => atLeast(this.value(Box.of(cut)), bound, strict))) refuse("the bound does not hold at a cut");
    }
    defined() {
      for (const [{ a, b }, tree] of this.cells) halved((u, v) => analytic(tree, u, v), a, b, 14, "g is not shown to be analytic");
      for (const [where, tree] of this.rays) where.values(tree);
      for (const cut of this.cuts) this.value(Box.of(cut));
    }
    flat(n) {
      const made = this.cells.map(([where, tree]) => {
        const spots = [1, 6, 11].map(k => where.a.plus(where.b.minus(where.a).times(q(k, 16))));
        const zero = identical(tree, n);
        if (!zero && !spots.some(x => place({ x: Box.of(x, false) }).values(tree, n)[n].sign)) refuse(`a derivative may be 0 on ${where}`);
        return zero;
      });
      const ends = [0, 1].map(k => {
        const [where, tree] = this.rays[k], [, near] = this.cells.at(-k);
        if (tree === near) return made.at(-k);
        const zero = identical(tree, n);
        if (!zero && !where.values(tree, n)[n].bracket()[1].sign) refuse(`a derivative may be 0 on ${where}`);
        return zero;
      });
      return [ends[0], ...made, ends[1]];
    }
    continuous() {
      for (const { cut, left, value, right } of this.sides(0)) if (!(same(left, value) && same(value, right))) refuse(`g is not continuous at ${cut}`);
    }
  }

  // ---- 7 claims
  const SIDES = ["left", "right"];
  const isText = said => typeof said === "string";
  const worded = said => (isText(said) ? said : `in [${said[0]}, ${said[1]}]`);
  class Case {
    constructor(tree, names, cuts, fact) {
      this.tree = tree; this.names = names;
      for (const key of Object.keys(fact.claim)) if (Object.hasOwn(fact.evidence, key)) refuse("a key stands in the claim and in its evidence");
      const { cuts: own = cuts, property, ...said } = { ...fact.claim, ...fact.evidence };
      this.said = said; this.kind = property;
      this.cuts = own.map(told => this.rational(told));
      const sorted = this.cuts.every((cut, k) => !k || this.cuts[k - 1].cmp(cut) < 0);
      if (this.cuts.length < 2 || this.cuts.length > 200 || !sorted) refuse("cuts are 2 to 200 numbers in their order");
      if (this.cuts[0].cmp(q(-3)) > 0 || this.cuts.at(-1).cmp(q(3)) < 0) refuse("the first cut is at most -3, the last at least 3");
      this.line = new Line(tree, this.cuts);
    }
    take(...keys) {
      for (const key of Object.keys(this.said)) if (!keys.includes(key)) refuse(`the key ${key} is not known here`);
      return keys.map(key => this.said[key] ?? null);
    }
    mirror() { return new Line(minus(this.tree), this.cuts); }
    formula(told, free = true) { return read(told, new Map([...this.names].filter(([name]) => free || name !== "x"))); }
    rational(told) {
      const tree = read(told, new Map());
      if (tree.op !== "num" || bits(tree.args[0].d) > 200) refuse("a number that is not short and rational");
      return tree.args[0];
    }
    number(told) {
      const tree = resolved(this.formula(told, false), place({ x: Box.of(Q0) }), new Map());
      return tree.op === "num" && tree.args[0].d > 1000000000n ? Box.of(tree.args[0], false) : constant(tree);
    }
    bounds(said) { return (isText(said) ? [said, said] : said.length === 2 ? said : refuse("two bounds are wanted")).map(told => this.number(told)); }
    order(n) { return n === 0 || n === 1 || n === 2 ? n : refuse("the order of a derivative is 0, 1 or 2"); }
    reached(line, where, n) {
      if (!SIDES.includes(where)) return line.at(this.number(where), n);
      const [ray, tree] = line.rays[SIDES.indexOf(where)];
      return [ray.values(tree, n)[n].limit()];
    }
  }
  const isBox = value => value instanceof Box;
  const negative = box => box.scaled(q(-1));
  const marked = n => `g${"'".repeat(n)}`;
  const span = c => {
    const [n, ...rest] = c.take("order", "inf", "sup", "inf_attained", "sup_attained", "inf_at", "sup_at"), told = [];
    for (const [sign, name, k] of [[1, "inf", 0], [-1, "sup", 1]]) {
      const [said, attained, where] = [rest[k], rest[k + 2], rest[k + 4]];
      if (said === null) continue;
      const line = sign > 0 ? c.line : c.mirror(), limit = SIDES.includes(where), values = c.reached(line, where, c.order(n));
      told.push(`${name} ${worded(said)}${attained ? ", attained" : attained === false ? ", not attained" : ""}`);
      if (![true, false, null].includes(attained) || (attained && limit)) refuse(`the ${name} is not shown to be attained`);
      if (said === (sign > 0 ? "-inf" : "inf")) {
        if (values.length !== 1 || values[0] !== -1) refuse(`the ${name} is not shown to be infinite`);
        continue;
      }
      const [lo, hi] = sign > 0 ? c.bounds(said) : c.bounds(said).reverse().map(negative);
      line.least(n, lo);
      if (!values.some(value => isBox(value) && atLeast(hi, value))) refuse(`the ${name} is not reached at its witness`);
      if (attained && !same(lo, hi, false)) {
        line.least(n, hi, true, true);
        if (!n) line.continuous();
      }
      if (attained === false) {
        if (!limit) refuse(`the ${name} is not shown to be approached only`);
        line.least(n, values[0], true);
      }
    }
    if (!told.length) refuse("there is neither inf nor sup");
    return `${marked(n)} has ${told.join(" and ")}`;
  };
  const lipschitz = c => {
    const [value, where] = c.take("value", "at");
    if (value === "inf") {
      const jumps = SIDES.includes(where) ? [] : c.line.sides(0).filter(({ cut }) => cut.cmp(c.rational(where)) === 0);
      const jump = jumps.some(row => !same(row.left, row.value) || !same(row.value, row.right));
      if (!jump && (jumps.length || ![1, -1].includes(c.reached(c.line, where, 1)[0]))) refuse("g neither jumps there nor has an unbounded slope");
      return "no Lipschitz constant is finite";
    }
    const [lo, hi] = c.bounds(value);
    c.line.continuous();
    c.line.least(1, negative(hi));
    c.mirror().least(1, negative(hi));
    const values = c.reached(c.line, where, 1);
    if (!values.every(isBox)) refuse("the slope is unbounded");
    if (!values.some(s => atLeast(s, lo) || atLeast(negative(s), lo))) refuse("the constant is not reached at its witness");
    return `the Lipschitz constant is ${worded(value)}`;
  };
  const weighed = (c, row) => row.reduce((made, [weight, x]) => made.plus(c.line.value(x).scaled(q(weight))), new Box(0n, 0n)).sign;
  const WORDS_OF = { monotonicity: { increasing: 1, "non-decreasing": 1, decreasing: -1, "non-increasing": -1, constant: 1 }, convexity: { convex: 1, concave: -1 } };
  const shape = c => {
    const [value, ...ends] = c.take("value", "up", "down"), bent = c.kind === "convexity", n = bent ? 2 : 1;
    if (value === "none") {
      ends.forEach((pair, k) => {
        const [a, b, more] = pair.map(told => c.number(told));
        if (more || a.hi >= b.lo) refuse("up and down are pairs of points, the lesser first");
        const row = bent ? [[1, a], [1, b], [-2, a.plus(b).scaled(Q1, 2)]] : [[-1, a], [1, b]];
        if (weighed(c, row) !== [1, -1][k]) refuse("the values at the points do not show it");
      });
      return `g has no ${c.kind}`;
    }
    const words = WORDS_OF[c.kind], line = (Object.hasOwn(words, value) ? words[value] : refuse("another word")) > 0 ? c.line : c.mirror();
    line.defined();
    line.least(n, Box.of(Q0));
    if (bent || value === "constant") line.continuous();
    for (const { left, value: middle, right } of line.sides(n - 1)) {
      if (!(atLeast(right, left) && (bent || (atLeast(middle, left) && atLeast(right, middle))))) refuse("the step at a cut has the other sign");
    }
    const strict = value === "increasing" || value === "decreasing";
    if ((value === "constant" && !line.flat(1).every(Boolean)) || (strict && line.flat(1).some(Boolean))) refuse("g is constant elsewhere");
    return `g is ${value}`;
  };
  const mirrored = (tree, memo) => {
    if (!memo.has(tree)) memo.set(tree, tree.op === "x" ? minus(tree) : node(tree.op, ...tree.args.map(part => (isNode(part) ? mirrored(part, memo) : part))));
    return memo.get(tree);
  };
  const equalEverywhere = (c, other, n = 0) => {
    const second = new Line(other, c.line.cuts), first = new Line(c.tree, second.cuts);
    first.defined();
    second.defined();
    first.pieces.forEach(([where, tree], k) => { if (!identical(tree, n, second.pieces[k][1])) refuse(`no identity is found on ${where}`); });
    const slopes = first.sides(1);
    first.sides(0).forEach((row, k) => {
      const { left, right } = slopes[k];
      const smooth = !n || (same(row.left, row.value) && same(row.value, row.right) && same(left, right));
      if (smooth && !same(n ? left : row.value, second.value(Box.of(row.cut)))) refuse(`the values at ${row.cut} differ`);
    });
  };
  const parity = c => {
    const [value, spots] = c.take("value", "at");
    if (value === "none") {
      for (const sign of [1, -1]) {
        if (!spots.map(told => c.number(told)).some(x => weighed(c, [[1, x], [sign, negative(x)]]))) refuse("the values at the points do not show it");
      }
      return "g is neither odd nor even";
    }
    if (value !== "odd" && value !== "even") refuse("another word");
    const other = mirrored(c.tree, new Map());
    equalEverywhere(c, value === "odd" ? minus(other) : other);
    return `g is ${value}`;
  };
  const equal = c => {
    const [formula] = c.take("formula"), n = c.kind === "derivative" ? 1 : 0;
    equalEverywhere(c, c.formula(formula), n);
    return `${marked(n)} is ${formula}`;
  };
  const affine = c => {
    const [value, formula, spots] = c.take("value", "formula", "at");
    if (value === true) {
      const tree = c.formula(formula);
      equalEverywhere(c, tree);
      if (!identical(tree, 2)) refuse("the formula is not affine");
      return `g is affine, ${formula}`;
    }
    const [a, b, d] = spots.map(told => c.number(told)), f = x => c.line.value(x);
    const bend = f(b).minus(f(a)).times(d.minus(b)).minus(f(d).minus(f(b)).times(b.minus(a)));
    if (value !== false || spots.length !== 3 || !bend.sign) refuse("three points do not show that g is not affine");
    return "g is not affine";
  };
  const limits = c => {
    const [n, ...sides] = c.take("order", "left", "right"), told = [];
    if (sides.every(said => said === null)) refuse("there is no limit in it");
    sides.forEach((said, k) => {
      if (said === null) return;
      const [found] = c.reached(c.line, SIDES[k], c.order(n));
      let fits = false;
      if (said === "inf" || said === "-inf" || !isBox(found)) fits = isText(said) && found === { inf: 1, "-inf": -1 }[said];
      else {
        const [lo, hi] = c.bounds(said);
        fits = atLeast(found, lo) && atLeast(hi, found);
      }
      if (!fits) refuse(`the limit on the ${SIDES[k]} is another`);
      told.push(`${worded(said)} on the ${SIDES[k]}`);
    });
    return `${marked(n)} tends to ${told.join(" and to ")}`;
  };
  const smoothness = c => {
    const [said, breaks] = c.take("class", "breaks"), listed = new Map(breaks.map(item => [`${c.rational(item.at)}`, item])), orders = [];
    c.line.defined();
    const rows = [0, 1, 2, 3].map(n => c.line.sides(n));
    rows[0].forEach(({ cut, left, value, right }, k) => {
      const item = listed.get(`${cut}`);
      if (!item) {
        if (!(same(left, value) && same(value, right) && identical(c.line.pieces[k][1], 0, c.line.pieces[k + 1][1]))) refuse(`a break at ${cut} that is not stated, or may be one`);
        return;
      }
      listed.delete(`${cut}`);
      const n = item.order;
      if (Object.keys(item).sort().join() !== "at,left,order,right" || ![0, 1, 2, 3].includes(n)) refuse("a break has at, order (0 to 3), left and right");
      const joins = rows.slice(0, n + 1).map(row => same(row[k].left, row[k].right));
      joins[0] = joins[0] && same(left, value);
      if (joins.pop() || !joins.every(Boolean)) refuse(`the break at ${cut} is not of order ${n}`);
      for (const side of SIDES) {
        const [lo, hi] = c.bounds(item[side]);
        if (!(atLeast(rows[n][k][side], lo) && atLeast(hi, rows[n][k][side]))) refuse(`the value on the ${side} of ${cut} is another`);
      }
      orders.push(n);
    });
    const low = Math.min(...orders), found = !orders.length ? "C^inf" : low ? `C^${low - 1}` : "discontinuous";
    if (listed.size || orders.length !== breaks.length || said !== found) refuse("the class is another, or a break lies at no cut");
    return `g is ${said}, analytic everywhere${breaks.length ? ` but at ${breaks.map(item => `${item.at} (order ${item.order})`).join(", ")}` : ""}`;
  };
  const region = c => {
    const [intervals] = c.take("intervals"), n = c.kind === "dead_region" ? 1 : 0, found = [];
    c.line.defined();
    c.line.flat(n).forEach((flat, k) => {
      const { a, b } = c.line.pieces[k][0], [lo, hi] = [a === null ? "-inf" : `${a}`, b === null ? "inf" : `${b}`];
      if (flat && found.length && found.at(-1)[1] === lo) found.at(-1)[1] = hi;
      else if (flat) found.push([lo, hi]);
    });
    const said = intervals.map(pair => pair.map(end => (end === "inf" || end === "-inf" ? end : `${c.rational(end)}`)));
    if (JSON.stringify(said) !== JSON.stringify(found)) refuse("the intervals are others");
    return `${marked(n)} is 0 on ${intervals.map(([a, b]) => `[${a}, ${b}]`).join(", ") || "no interval"}`;
  };
  const CLAIMS = {
    range: span, lipschitz, monotonicity: shape, convexity: shape, parity, affine, limits, smoothness, derivative: equal, equal,
    dead_region: region, zero_region: region,
  };
  const SCHEMA = "propcheck.certificate/1", KEYS = "cuts,facts,function,parameters,schema";
  const opened = data => {
    for (const table of [rates, known]) table.clear();
    nodes = new Map(); constants = new Map(); memos = new Map(); left = MOST_WORK; D = 1n << 160n;
    const names = new Map([["pi", node("pi")], ["e", node("exp", num(Q1))]]), fixed = new Map(names);
    for (const [name, told] of Object.entries(data.parameters)) {
      if (["x", "pi", "e"].includes(name) || !/^[A-Za-z][A-Za-z0-9_]{0,39}$/.test(name)) refuse("a parameter has no proper name");
      names.set(name, read(told, fixed));
    }
    names.set("x", node("x"));
    const tree = read(data.function, names), lcm = (a, b) => (a / gcd(a, b)) * b;
    const common = [...nodes.values()].filter(part => part.op === "num").map(part => part.args[0].d).reduce(lcm, 1n);
    D = lcm(1n << 160n, bits(common) < 200 ? common * common : 1n);
    return [tree, names];
  };
  const check = (data, tell = () => {}) => {
    if (data?.schema !== SCHEMA || Object.keys(data).sort().join() !== KEYS || !data.facts.length) refuse(`this is no certificate of the schema ${SCHEMA}`);
    let number = 0;
    try {
      const [tree, names] = opened(data);
      for (const fact of data.facts) {
        number++;
        if (Object.keys(fact).sort().join() !== "claim,evidence") refuse("a fact has claim and evidence");
        const kind = fact.claim.property;
        if (!Object.hasOwn(CLAIMS, kind)) refuse("a claim of another kind");
        tell(CLAIMS[kind](new Case(tree, names, data.cuts, fact)));
      }
    } catch (error) {
      throw new Refused(`fact ${number}: ${error.message}`);
    }
  };
  return { check, Refused };
})();
