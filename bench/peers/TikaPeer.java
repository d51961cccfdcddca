// Reads files with Apache Tika, for bench/extract_compare.py. One request and one answer a line (bench/extract_peers.py). "seconds"
// are CPU time of the whole JVM, "thread" those of the thread that parses. A file that Tika refuses has no text.
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.tika.io.TikaInputStream;
import org.apache.tika.metadata.Metadata;
import org.apache.tika.parser.AutoDetectParser;
import org.apache.tika.parser.ParseContext;
import org.apache.tika.parser.Parser;
import org.apache.tika.parser.ocr.TesseractOCRConfig;
import org.apache.tika.parser.pdf.PDFParserConfig;
import org.apache.tika.sax.BodyContentHandler;

public class TikaPeer {
  static final AutoDetectParser PARSER = new AutoDetectParser();

  static String read(Path file) throws Exception {
    Metadata metadata = new Metadata();
    metadata.set("resourceName", file.getFileName().toString());
    BodyContentHandler text = new BodyContentHandler(-1);
    ParseContext context = new ParseContext();
    context.set(Parser.class, PARSER);  // attachments and members of archives
    TesseractOCRConfig ocr = new TesseractOCRConfig();  // off, as in the other readers
    ocr.setSkipOcr(true);
    context.set(TesseractOCRConfig.class, ocr);
    PDFParserConfig pdf = new PDFParserConfig();
    pdf.setOcrStrategy(PDFParserConfig.OCR_STRATEGY.NO_OCR);
    context.set(PDFParserConfig.class, pdf);
    try (InputStream in = TikaInputStream.get(file, metadata)) {
      PARSER.parse(in, text, metadata, context);
    }
    return text.toString();
  }

  // The paths of the request are plain: a string of JSON without escapes.
  static List<String> strings(String line) {
    List<String> found = new ArrayList<>();
    Matcher matcher = Pattern.compile("\"([^\"]*)\"").matcher(line);
    while (matcher.find()) found.add(matcher.group(1));
    return found;
  }

  // CPU time in nanoseconds. Java's own clock of the process counts in 10 ms. Linux only.
  static long allThreads() {
    long all = 0;
    try (var threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path thread : threads) all += Long.parseLong(Files.readString(thread.resolve("schedstat")).split(" ")[0]);
    } catch (Exception error) {
      throw new RuntimeException(error);
    }
    return all;
  }

  // CPU time in nanoseconds: of the thread that parses, and of the whole JVM with its compiler and its collector.
  static long[] answer(List<String[]> jobs, boolean write) {
    var thread = ManagementFactory.getThreadMXBean();
    long spent = 0;
    long start = allThreads();
    for (String[] job : jobs) {
      long begin = thread.getCurrentThreadCpuTime();
      String text = null;
      try {
        text = read(Path.of(job[0]));
      } catch (Throwable refused) {
        // no text
      }
      spent += thread.getCurrentThreadCpuTime() - begin;
      try {
        if (write && text != null) Files.writeString(Path.of(job[1]), new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8));
      } catch (Exception error) {
        throw new RuntimeException(error);
      }
    }
    return new long[] {spent, Math.max(spent, allThreads() - start)};
  }

  public static void main(String[] arguments) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = in.readLine()) != null;) {
      List<String> words = strings(line);
      List<String[]> jobs = new ArrayList<>();
      for (int i = 1; i + 1 < words.size(); i += 2)
        if (!words.get(i).equals("rounds")) jobs.add(new String[] {words.get(i), words.get(i + 1)});
      Matcher rounds = Pattern.compile("\"rounds\": (\\d+)").matcher(line);
      rounds.find();
      StringJoiner seconds = new StringJoiner(", "), alone = new StringJoiner(", ");
      for (int i = 0; i < Integer.parseInt(rounds.group(1)); ++i) {
        long[] spent = answer(jobs, i == 0);
        alone.add(Double.toString(spent[0] / 1e9));
        seconds.add(Double.toString(spent[1] / 1e9));
      }
      System.out.println("{\"seconds\": [" + seconds + "], \"thread\": [" + alone + "]}");
      System.out.flush();
    }
  }
}
