# syntax=docker/dockerfile:1
# One image for all services; the command names the service: `docker run xueji registry`.

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json .swcrc ./
COPY libs libs
COPY apps apps
COPY tools tools
# Test kits, the movable clock and the players of outside systems stay behind.
RUN npm run build && rm -rf dist/libs/testing dist/tools && find dist -type d -name test -prune -exec rm -rf {} +

FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The image brings its own Node, so the one that the packages bring for bare machines goes.
RUN npm ci --omit=dev && rm -rf node_modules/node-linux-* node_modules/.bin/node

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production XUEJI_HOST=0.0.0.0 XUEJI_PORT=3000
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
COPY scripts/engines.mjs scripts/container.sh scripts/
COPY scripts/engines scripts/engines
COPY tools/kafka tools/kafka
USER node
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=6 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.XUEJI_PORT}/health/ready`).then((reply) => process.exit(reply.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["sh", "scripts/container.sh"]
